//! The close codes, and the languages.

use anyhow::{Context, Result, ensure};
use fantoccini::Client;
use serde_json::{Value, json};

use super::{Ctx, Page};

async fn cards(page: &Page<'_>) -> Result<Vec<String>> {
    let cards = page.js("return [...document.querySelectorAll('#cards > details')].map(e => e.id)", &[]).await?;
    Ok(serde_json::from_value(cards)?)
}

pub(super) async fn a_code_is_found_by_number_name_constant_and_words(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    ensure!(cards(&page).await?.len() == 25, "Not every code and range is shown.");
    for (query, found) in [
        ("1012", vec!["1012", "range-protocol"]),
        ("bad gate", vec!["1014"]),
        ("CLOSE_TOO_LARGE", vec!["1009"]),
        ("4321", vec!["4321", "range-application"]),
        ("is restarting", vec!["1012"]),
        ("65536", vec![]),
    ] {
        page.fill("query", query).await?;
        let shown = cards(&page).await?;
        ensure!(shown == found, "{query} finds {shown:?}.");
        let open = "return [...document.querySelectorAll('#cards > details')].every(e => e.open)";
        ensure!(page.js(open, &[]).await? == json!(true), "What {query} finds is not open.");
    }
    let said = page.text("found").await?;
    ensure!(said.contains("No code"), "Nothing was found, and it says {said:?}.");
    page.fill("query", "").await?;
    ensure!(cards(&page).await?.len() == 25, "Not every code is shown again.");
    page.has_no_fault().await
}

pub(super) async fn a_link_to_a_code_shows_it(client: &Client, ctx: &Ctx) -> Result<()> {
    client.goto("about:blank").await?;
    let page = Page::open_with(client, ctx, "#1012", "found").await?;
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
    for fact in ["Service Restart", "The server.", "InvalidAccessError", "in a Close frame", "Reconnect after"] {
        ensure!(facts.contains(fact), "Of 1012 it says {facts:?}.");
    }

    // Another link on the same page, also to a code that is not registered.
    for code in ["4001", "1005"] {
        page.js("location.hash = arguments[0]", &[json!(code)]).await?;
        page.until(&format!("return !!document.getElementById('{code}')?.open")).await?;
        shows(code).await?;
    }
    page.has_no_fault().await
}

async fn speak(page: &Page<'_>, tag: &str) -> Result<()> {
    let script = "const select = document.getElementById('language');
                  select.value = arguments[0];
                  select.dispatchEvent(new Event('change', { bubbles: true }));";
    page.js(script, &[json!(tag)]).await?;
    page.until(&format!("return document.documentElement.lang === '{tag}'")).await
}

/// Every element that says something, beside what the language's file has for it; what is filled in stays out.
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
    ensure!(found["seen"].as_u64() > Some(300), "In {tag} hardly anything is said: {found}");
    Ok(())
}

pub(super) async fn each_language_says_everything_in_its_own_words(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open(client, ctx).await?;
    page.connect("fin").await?;
    page.until_ended().await?;
    let mut leads = Vec::new();
    for (tag, found_by) in [("zh-CN", "正在重启"), ("pt-BR", "reiniciando"), ("en", "is restarting")] {
        speak(&page, tag).await?;
        compare(&page, tag).await?;
        leads.push(page.js("return document.querySelector('.lead').textContent + document.title", &[]).await?);
        page.fill("query", found_by).await?;
        let shown = cards(&page).await?;
        ensure!(shown == ["1012"], "In {tag}, {found_by} finds {shown:?}.");
        page.fill("query", "").await?;
    }
    leads.sort_by_key(Value::to_string);
    leads.dedup();
    ensure!(leads.len() == 3, "Two languages are the same: {leads:?}");
    page.has_no_fault().await
}

pub(super) async fn the_language_is_the_address_s_or_the_one_chosen_before(client: &Client, ctx: &Ctx) -> Result<()> {
    let page = Page::open_with(client, ctx, "?lang=pt-BR", "found").await?;
    ensure!(page.language().await? == "pt-BR", "The address's language was not taken.");
    let page = Page::open(client, ctx).await?;
    ensure!(page.language().await? == "en", "A link's language was kept although nobody chose it.");
    speak(&page, "zh-CN").await?;
    let page = Page::open(client, ctx).await?;
    let (language, selected) =
        (page.language().await?, page.js("return document.getElementById('language').value", &[]).await?);
    page.js("localStorage.clear()", &[]).await?;
    ensure!(language == "zh-CN" && selected == json!("zh-CN"), "What was chosen is not kept: {language}, {selected}.");
    page.has_no_fault().await
}
