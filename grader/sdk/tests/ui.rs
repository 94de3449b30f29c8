//! What the attributes refuse, and how they say it.

#[test]
fn misuse_is_refused_with_a_sentence_at_the_right_place() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
