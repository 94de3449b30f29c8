//! The cache's handle on the cache's model.

use super::*;
use crate::handle::rig::Rig;
use std::collections::{BTreeMap, BTreeSet};

fn cache(rig: &Rig) -> Cache {
    Cache::new(rig.context.clone())
}

#[test]
fn strings() {
    let mut rig = Rig::new();
    let cache = cache(&rig);
    assert_eq!(rig.run(cache.get::<String>("a")), Ok(None));
    assert_eq!(rig.run(cache.set("a", "ana").only_if_present()), Ok(None));
    assert_eq!(rig.run(cache.set("a", "ana").only_if_absent().ttl(Duration::from_secs(5))), Ok(Some(1)));
    assert_eq!(rig.run(cache.set("a", "bo").only_if_absent()), Ok(None));
    assert_eq!(rig.run(cache.get("a")), Ok(Some(Cached { value: "ana".to_owned(), version: 1 })));
    assert_eq!(rig.run(cache.compare_and_set("a", 1, "bo")), Ok(Some(2)));
    assert_eq!(rig.run(cache.compare_and_delete("a", 1)), Ok(false));
    assert_eq!(rig.run(cache.expire("a", Some(Duration::from_secs(1)))), Ok(true));
    assert_eq!(rig.run(cache.delete("a")), Ok(true));
    assert_eq!(rig.run(cache.incr("n", 2).ttl(Duration::from_secs(60))), Ok(2));
    assert_eq!(rig.run(cache.get::<i64>("n")).unwrap().unwrap().value, 2);
}

#[test]
fn collections() {
    let mut rig = Rig::new();
    let cache = cache(&rig);
    assert_eq!(rig.run(cache.hset("h", "f", &1)), Ok(true));
    assert_eq!(rig.run(cache.hincr("h", "g", 5)), Ok(5));
    assert_eq!(rig.run(cache.hget("h", "f")), Ok(Some(1)));
    assert_eq!(rig.run(cache.hgetall("h")), Ok(BTreeMap::from([("f".to_owned(), 1), ("g".to_owned(), 5)])));
    assert_eq!(rig.run(cache.hdel("h", "f")), Ok(true));

    assert_eq!(rig.run(cache.sadd("s", "ana")), Ok(true));
    assert_eq!(rig.run(cache.sismember("s", "ana")), Ok(true));
    assert_eq!(rig.run(cache.smembers("s")), Ok(BTreeSet::from(["ana".to_owned()])));
    assert_eq!(rig.run(cache.scard("s")), Ok(1));
    assert_eq!(rig.run(cache.srem("s", "ana")), Ok(true));

    assert_eq!(rig.run(cache.zadd("z", "ana", 1.0)), Ok(true));
    assert_eq!(rig.run(cache.zadd("z", "bo", 2.0)), Ok(true));
    assert_eq!(rig.run(cache.zscore("z", "bo")), Ok(Some(2.0)));
    let top = rig.run(cache.zrange("z").descending().ranks(0, 0));
    assert_eq!(top, Ok(vec![("bo".to_owned(), 2.0)]));
    assert_eq!(rig.run(cache.zrange("z").scores(0.0, 9.0).limit(1)).unwrap()[0].0, "ana");
    assert_eq!(rig.run(cache.zremrangebyscore("z", 0.0, 1.0)), Ok(1));
    assert_eq!(rig.run(cache.zrem("z", "bo")), Ok(true));
    assert_eq!(rig.run(cache.zcard("z")), Ok(0));
}

#[test]
fn refusals() {
    let mut rig = Rig::new();
    let cache = cache(&rig);
    rig.run(cache.set("a", "ana")).unwrap();
    assert!(matches!(rig.run(cache.scard("a")), Err(CacheError::WrongType { .. })));
    assert!(matches!(rig.run(cache.incr("a", 1)), Err(CacheError::NotANumber { .. })));
    let error = rig.run(cache.get::<u32>("a")).unwrap_err();
    assert!(error.to_string().contains("the value of a does not decode"), "{error}");
}

#[test]
fn derived_keys_are_apart_and_can_be_wiped() {
    let mut rig = Rig::new();
    let (cache, derived) = (cache(&rig), cache(&rig).derived());
    rig.run(cache.set("a", "ana")).unwrap();
    rig.run(derived.set("a", "bo")).unwrap();
    rig.cache.wipe_derived();
    assert!(rig.run(cache.get::<String>("a")).unwrap().is_some());
    assert_eq!(rig.run(derived.get::<String>("a")), Ok(None));
}

#[test]
fn the_clock_is_the_caches() {
    let mut rig = Rig::new();
    let now = rig.context.now();
    assert_eq!(rig.run(cache(&rig).now()), Ok(now));
}
