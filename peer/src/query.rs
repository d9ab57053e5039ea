//! Query parameters, parsed strictly: browsers hide the body of a rejected handshake, so a misspelled parameter in a test
//! would otherwise pass for the fault that the test asked for.

use std::{fmt::Display, str::FromStr, time::Duration};

use data_encoding::HEXLOWER_PERMISSIVE;

/// What is wrong with a query, as a sentence.
pub(crate) type Problem = String;

/// Longer than any connection lives; a larger number is a mistake.
const LONGEST: u64 = 600_000;

#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: &str) -> Self {
        Self(url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect())
    }

    /// Rejects a name that is not allowed, or given twice.
    pub(crate) fn check<'a>(&self, allowed: impl Iterator<Item = &'a str>) -> Result<(), Problem> {
        let allowed: Vec<&str> = allowed.collect();
        for (index, (name, _)) in self.0.iter().enumerate() {
            if !allowed.contains(&name.as_str()) {
                return Err(format!("Unknown parameter {name:?}; this path takes {}.", allowed.join(", ")));
            }
            if self.0[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(format!("Parameter {name:?} is given twice."));
            }
        }
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn number<T>(&self, name: &str) -> Result<Option<T>, Problem>
    where
        T: FromStr<Err: Display>,
    {
        let parse = |value: &str| {
            value.parse().map_err(|error| format!("Parameter {name:?} is {value:?}, not a number it can be: {error}."))
        };
        self.get(name).map(parse).transpose()
    }

    /// Returns a number of at most `most`, or `default`.
    pub(crate) fn at_most(&self, name: &str, default: u64, most: u64) -> Result<u64, Problem> {
        match self.number(name)?.unwrap_or(default) {
            value if value > most => Err(format!("Parameter {name:?} is {value}; the most is {most}.")),
            value => Ok(value),
        }
    }

    /// Returns a time in milliseconds; zero if it is not given.
    pub(crate) fn millis(&self, name: &str) -> Result<Duration, Problem> {
        self.at_most(name, 0, LONGEST).map(Duration::from_millis)
    }

    pub(crate) fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match choices.iter().find(|(choice, _)| *choice == value) {
            Some((_, chosen)) => Ok(Some(*chosen)),
            None => {
                let known: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
                Err(format!("Parameter {name:?} is {value:?}; it can be {}.", known.join(", ")))
            }
        }
    }

    pub(crate) fn hex(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        self.get(name).map(|value| hex(name, value)).transpose()
    }

    pub(crate) fn exclusive(&self, one: &str, other: &str) -> Result<(), Problem> {
        if self.has(one) && self.has(other) {
            return Err(format!("Parameters {one:?} and {other:?} exclude each other."));
        }
        Ok(())
    }
}

pub(crate) fn hex(name: &str, value: &str) -> Result<Vec<u8>, Problem> {
    HEXLOWER_PERMISSIVE
        .decode(value.as_bytes())
        .map_err(|error| format!("Parameter {name:?} has {value:?}, which is not hex: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_query_is_parsed_or_rejected_with_a_sentence(raw in "([a-c]=?[0-9a-f%+]{0,5}&?|.){0,12}") {
            let query = Query::parse(&raw);
            let number = query.number::<u16>("a");
            prop_assert_eq!(number.as_ref().ok().copied().flatten(), query.get("a").and_then(|text| text.parse().ok()));
            for problem in [number.err(), query.hex("b").err(), query.millis("c").err()].into_iter().flatten() {
                prop_assert!(problem.ends_with('.'), "{problem}");
            }
            let known = query.0.iter().all(|(name, _)| ["a", "b", "c"].contains(&name.as_str()));
            let twice = ["a", "b", "c"].iter().any(|known| query.0.iter().filter(|(name, _)| name == known).count() > 1);
            prop_assert_eq!(query.check(["a", "b", "c"].into_iter()).is_ok(), known && !twice);
        }

        #[test]
        fn hex_is_decoded_and_anything_else_is_rejected(bytes in any::<Vec<u8>>(), text in "[0-9a-fA-F ]{0,9}") {
            let written: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            prop_assert_eq!(hex("raw", &written), Ok(bytes));
            let valid = text.len() % 2 == 0 && !text.contains(' ');
            prop_assert_eq!(hex("raw", &text).is_ok(), valid);
        }
    }
}
