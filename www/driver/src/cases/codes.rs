//! The close codes, and the languages.

use anyhow::{Context as _, Result, ensure};
use onclose_rig::session::Session;
use serde_json::{Value, json};

use crate::Context;
use crate::hosted::LANGUAGES;
use crate::page::Page;

async fn cards(page: &Page<'_>) -> Result<Vec<String>> {
    let cards = page.js("return [...document.querySelectorAll('#cards > details')].map(e => e.id)", &[]).await?;
    Ok(serde_json::from_value(cards)?)
}

/// Returns a text of the page in a language.
fn text<'a>(context: &Context<'a>, tag: &str, key: &str) -> Result<&'a str> {
    context.words[tag][key].as_str().with_context(|| format!("lang/{tag}.json has no {key}"))
}

/// Returns the words of a text, as one would search for it.
fn words(text: &str) -> String {
    text.replace(|character: char| character.is_ascii_punctuation(), " ")
}

pub(super) async fn a_code_is_found_by_number_name_constant_and_words(
    session: &Session,
    context: &Context<'_>,
) -> Result<()> {
    let page = Page::open(session, context).await?;
    ensure!(cards(&page).await?.len() == 25, "Some codes or ranges are missing.");
    let meaning = words(text(context, "en", "code.1012")?);
    for (query, found) in [
        ("1012", vec!["1012", "range-protocol"]),
        ("bad gate", vec!["1014"]),
        ("CLOSE_TOO_LARGE", vec!["1009"]),
        ("4321", vec!["4321", "range-application"]),
        (&meaning, vec!["1012"]),
        ("65536", vec![]),
    ] {
        page.fill("query", query).await?;
        let shown = cards(&page).await?;
        ensure!(shown == found, "{query} finds {shown:?}.");
        let open = "return [...document.querySelectorAll('#cards > details')].every(e => e.open)";
        ensure!(page.js(open, &[]).await? == json!(true), "The results of {query} are not open.");
    }
    page.says("found", "codes.none").await?;
    page.fill("query", "").await?;
    ensure!(cards(&page).await?.len() == 25, "Some codes are not shown again.");
    page.has_no_fault().await
}

pub(super) async fn a_link_to_a_code_shows_it(session: &Session, context: &Context<'_>) -> Result<()> {
    session.goto("about:blank").await?;
    let page = Page::open_with(session, context, "#1012", "found").await?;
    let shows = async |code: &str| {
        let script = "const card = document.getElementById(arguments[0]);
                      const place = card?.getBoundingClientRect();
                      return !!card?.open && card.contains(document.activeElement)
                          && place.top >= -1 && place.top < innerHeight";
        let shows = page.js(script, &[json!(code)]).await?;
        ensure!(shows == json!(true), "#{code} does not show its code.");
        Ok(())
    };
    shows("1012").await?;
    let facts = page.js("return document.getElementById('1012').innerText", &[]).await?;
    let facts = facts.as_str().context("The card has no text")?;
    let texts = ["who.server", "wire.yes", "code.1012.do"].map(|key| text(context, "en", key));
    for fact in ["Service Restart", "InvalidAccessError"].into_iter().map(Ok).chain(texts) {
        let fact = fact?;
        ensure!(facts.contains(fact), "The card of 1012 has no {fact:?}: {facts:?}.");
    }

    // A link within the same page, also to a code that is not registered.
    for code in ["4001", "1005"] {
        page.js("location.hash = arguments[0]", &[json!(code)]).await?;
        page.until(&format!("return !!document.getElementById('{code}')?.open")).await?;
        shows(code).await?;
    }
    page.has_no_fault().await
}

async fn select(page: &Page<'_>, tag: &str) -> Result<()> {
    let script = "const select = document.getElementById('language');
                  select.value = arguments[0];
                  select.dispatchEvent(new Event('change', { bubbles: true }));";
    page.js(script, &[json!(tag)]).await?;
    page.until(&format!("return document.documentElement.lang === '{tag}'")).await
}

/// Compares the text of every element with the language's file, apart from the values that are filled in.
async fn compare(page: &Page<'_>, tag: &str) -> Result<()> {
    let script = "const [tag, done] = arguments;
        fetch(`lang/${tag}.json`).then(answer => answer.json()).then((words) => {
            const wrong = [];
            let seen = 0;
            for (const [place, read] of [['t', e => e.textContent], ['tLabel', e => e.getAttribute('aria-label')],
                                         ['tTitle', e => e.title]]) {
                const name = place.replace(/[A-Z]/, upper => '-' + upper.toLowerCase());
                for (const element of document.querySelectorAll(`[data-${name}]`)) {
                    const parts = words[element.dataset[place]].split(/\\{[a-z]+\\}/);
                    let rest = read(element);
                    const fits = parts.every(part => {
                        const at = rest.indexOf(part);
                        rest = rest.slice(at + part.length);
                        return at >= 0;
                    });
                    seen += 1;
                    if (!fits) wrong.push(`${element.dataset[place]}: ${read(element)}`);
                }
            }
            done({ seen, wrong });
        }).catch(error => done({ seen: 0, wrong: [String(error)] }))";
    let found: Value = page.async_js(script, vec![json!(tag)]).await?;
    ensure!(found["wrong"] == json!([]), "In {tag}: {found}");
    ensure!(found["seen"].as_u64() > Some(300), "In {tag} too few texts were compared: {found}");
    Ok(())
}

pub(super) async fn each_language_shows_its_own_texts(session: &Session, context: &Context<'_>) -> Result<()> {
    let page = Page::open(session, context).await?;
    page.connect("fin").await?;
    page.until_closed().await?;
    let mut leads = Vec::new();
    // English last, which the page began with.
    for tag in LANGUAGES.into_iter().rev() {
        select(&page, tag).await?;
        compare(&page, tag).await?;
        leads.push(page.js("return document.querySelector('.lead').textContent + document.title", &[]).await?);
        let query = words(text(context, tag, "code.1012")?);
        page.fill("query", &query).await?;
        let shown = cards(&page).await?;
        ensure!(shown == ["1012"], "In {tag}, {query} finds {shown:?}.");
        page.fill("query", "").await?;
    }
    leads.sort_by_key(Value::to_string);
    leads.dedup();
    ensure!(leads.len() == 3, "Two languages have the same texts: {leads:?}");
    page.has_no_fault().await
}

pub(super) async fn the_language_comes_from_the_address_or_an_earlier_choice(
    session: &Session,
    context: &Context<'_>,
) -> Result<()> {
    let page = Page::open_with(session, context, "?lang=pt-BR", "found").await?;
    ensure!(page.language().await? == "pt-BR", "The language of the address was ignored.");
    let page = Page::open(session, context).await?;
    ensure!(page.language().await? == "en", "The language of an address was stored.");
    select(&page, "zh-CN").await?;
    let page = Page::open(session, context).await?;
    let (language, selected) =
        (page.language().await?, page.js("return document.getElementById('language').value", &[]).await?);
    page.js("localStorage.clear()", &[]).await?;
    ensure!(
        language == "zh-CN" && selected == json!("zh-CN"),
        "The chosen language was not stored: {language}, {selected}."
    );
    page.has_no_fault().await
}
