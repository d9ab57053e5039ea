//! Languages: which there are, which one a browser wants, and how a sentence is filled in. The words are in `lang`.

/// A language that the page speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    English,
    Chinese,
    Portuguese,
}

impl Lang {
    pub const ALL: [Self; 3] = [Self::English, Self::Chinese, Self::Portuguese];

    /// As `lang` attributes and file names have it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
            Self::Portuguese => "pt-BR",
        }
    }

    /// By a tag's language; whichever region it names is served best by the one that is there.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.into_iter().find(|own| own.tag().split('-').next() == Some(language.as_str()))
    }

    /// The first of these that the page speaks, else English.
    pub fn pick(wanted: impl IntoIterator<Item = String>) -> Self {
        wanted.into_iter().find_map(|tag| Self::from_tag(&tag)).unwrap_or(Self::English)
    }
}

/// Puts values in the place of `{names}`.
pub fn fill(sentence: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        filled.push_str(&value(name).unwrap_or_default());
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_s_first_language_that_is_spoken_wins() {
        let pick = |tags: &[&str]| Lang::pick(tags.iter().map(|tag| (*tag).to_owned()));
        assert_eq!(pick(&["de-DE", "pt-PT", "en"]), Lang::Portuguese);
        assert_eq!(pick(&["zh-Hans-CN"]), Lang::Chinese);
        assert_eq!(pick(&["en-GB", "zh-CN"]), Lang::English);
        assert_eq!(pick(&["fr", "eng"]), Lang::English);
        assert_eq!(pick(&[]), Lang::English);
    }

    #[test]
    fn what_is_filled_in_is_not_looked_through_again() {
        let value = |name: &str| (name == "a").then(|| "{b} {a}".to_owned());
        assert_eq!(fill("1 {a} 2 {a}.", value), "1 {b} {a} 2 {b} {a}.");
        assert_eq!(fill("{b}|{a", value), "|{a");
    }
}
