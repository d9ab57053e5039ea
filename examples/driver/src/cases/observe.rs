use anyhow::{Result, ensure};

use crate::page::Page;

pub(super) async fn a_close_by_the_server_reaches_callback_future_and_page(page: &Page<'_>) -> Result<()> {
    page.open("/close?code=4001&reason=moved&asked").await?;
    page.until_state("open").await?;
    page.click("#ask").await?;
    page.until_state("closed").await?;
    page.until_lines(&[
        "onclose of the page: 4001",
        "on_close: 4001, \"moved\", clean",
        "closed(): 4001, \"moved\", clean",
    ])
    .await?;
    let saw = page.ended().await?;
    ensure!(saw.close_code() == Some(4001), "The peer saw {saw:?}");
    page.has_no_error().await
}

pub(super) async fn a_close_by_the_page_is_observed_too(page: &Page<'_>) -> Result<()> {
    page.open("/echo").await?;
    page.until_state("open").await?;
    page.click("#close").await?;
    page.until_state("closed").await?;
    let event = "4000, \"the user left\", clean";
    let lines = ["onclose of the page: 4000", &format!("on_close: {event}"), &format!("closed(): {event}")];
    page.until_lines(&lines).await?;
    page.ended().await?;
    page.has_no_error().await
}
