//! The tests of the page.

use anyhow::{Result, ensure};
use fantoccini::Client;

use super::{Case, Ctx, console_errors};

pub(super) const CASES: &[Case] = &[Case {
    name: "the_page_loads_without_an_error",
    run: |client, ctx| Box::pin(the_page_loads_without_an_error(client, ctx)),
}];

async fn the_page_loads_without_an_error(client: &Client, ctx: &Ctx) -> Result<()> {
    client.goto(&ctx.page).await?;
    ensure!(!client.title().await?.is_empty(), "The page has no title.");
    if let Some(errors) = console_errors(client, ctx).await? {
        ensure!(errors.is_empty(), "The console has errors: {errors:?}");
    }
    Ok(())
}
