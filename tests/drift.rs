//! What is written down twice says the same twice.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use naobu::error::Error;

fn read(path: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_page_knows_every_code_of_the_core_and_no_other() {
    let protocol = read("www/engine/protocol.js");
    let list = protocol.split_once("CORE_CODES = ").unwrap().1.split_once(']').unwrap().0;
    let codes: Vec<&str> = list.split('\'').skip(1).step_by(2).collect();
    assert_eq!(codes, Error::CODES);
}

#[test]
fn the_list_of_codes_is_that_of_the_variants() {
    let source = read("src/error.rs");
    let arms = source.split_once("match self {").unwrap().1;
    let codes: Vec<&str> =
        arms.split("=> \"").skip(1).filter_map(|arm| arm.split('"').next()).collect();
    assert_eq!(codes, Error::CODES);
}
