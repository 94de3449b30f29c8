//! Requirements.

use kata_sdk_macros::requirement;

#[requirement]
async fn no_story(dc: &Datacentre) -> Outcome {}

/// A story.
#[requirement(stage = "races", level = concurrency, points = 1, schedule = 10)]
async fn unknown_option(dc: &Datacentre) -> Outcome {}

/// A story.
#[requirement(stage = "races", stage = "races", level = concurrency, points = 1)]
async fn twice(dc: &Datacentre) -> Outcome {}

/// A story.
#[requirement(stage = "races", level = concurrency, points = 1)]
fn wrong_signature(dc: Datacentre) {}

fn main() {}
