//! The page's languages: choosing one, and filling in the placeholders of its texts. The texts are in `lang/*.json`.

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    English,
    Chinese,
    Portuguese,
}

impl Lang {
    pub const ALL: [Self; 3] = [Self::English, Self::Chinese, Self::Portuguese];

    /// Returns the BCP 47 tag, as in `lang` attributes and file names.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
            Self::Portuguese => "pt-BR",
        }
    }

    /// Returns the language of a tag, whatever its script and region: `pt-PT` is served the Brazilian Portuguese texts.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.into_iter().find(|lang| lang.tag().split('-').next() == Some(language.as_str()))
    }

    /// Returns the first supported language of a list of tags, or English.
    pub fn pick(tags: impl IntoIterator<Item = String>) -> Self {
        tags.into_iter().find_map(|tag| Self::from_tag(&tag)).unwrap_or(Self::English)
    }
}

/// Replaces each `{name}` in a text by the value of that name, and one without a value by nothing.
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
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
    fn pick_returns_the_first_supported_language() {
        let pick = |tags: &[&str]| Lang::pick(tags.iter().map(|tag| (*tag).to_owned()));
        assert_eq!(pick(&["de-DE", "pt-PT", "en"]), Lang::Portuguese);
        assert_eq!(pick(&["zh-Hans-CN"]), Lang::Chinese);
        assert_eq!(pick(&["en-GB", "zh-CN"]), Lang::English);
        assert_eq!(pick(&["fr", "eng"]), Lang::English);
        assert_eq!(pick(&[]), Lang::English);
    }

    #[test]
    fn fill_does_not_expand_placeholders_in_values() {
        let value = |name: &str| (name == "a").then(|| "{b} {a}".to_owned());
        assert_eq!(fill("1 {a} 2 {a}.", value), "1 {b} {a} 2 {b} {a}.");
        assert_eq!(fill("{b}|{a", value), "|{a");
    }
}
