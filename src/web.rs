//! What JavaScript holds. Translates types and errors; every decision is made elsewhere.
//!
//! `picture.rs` has what is done to pixels alone, `engine.rs` the device and the weights, `painting.rs`
//! the tasks that go in steps, `mosaic.rs` and `colour.rs` the others.

pub mod colour;
pub mod engine;
pub mod mosaic;
pub mod painting;
pub mod picture;

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::error::Error;

/// Sends the text of a panic to the console before the instance dies.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// A JavaScript `Error` that carries [`Error::code`], so that no page has to read messages.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn js_from_error(error: Error) -> JsValue {
    let js = js_sys::Error::new(&error.to_string());
    set(&js, "code", error.code());
    js.into()
}

fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    Reflect::set(object, &name.into(), &value.into()).expect("a fresh object accepts properties");
}
