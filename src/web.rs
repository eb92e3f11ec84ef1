//! The edge to JavaScript: translates types and errors. Which device to open is decided in `engine.rs`,
//! everything else elsewhere.
//!
//! Pixels come in as a [`Picture`](picture::Picture), a hole as a
//! [`HandedHole`](picture::HandedHole), the cells of a mosaic as
//! [`HandedCells`](mosaic::HandedCells), and so on. Each is checked once, when it is made, and
//! copied once, into the engine's memory. A call takes what it is given and frees it, whatever
//! comes of the call; so JavaScript frees only what it made and never gave.
//!
//! `picture.rs` has what is done to pixels alone, `engine.rs` the device and the weights, `painting.rs`
//! the tasks that go in steps, `mosaic.rs`, `colour.rs` and `cutout.rs` the others.

pub mod colour;
pub mod cutout;
pub mod engine;
pub mod mosaic;
pub mod painting;
pub mod picture;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::error::Error;

/// Sends the text of a panic to the console before the instance dies, and runs what libraries have
/// to be run once.
///
/// The linker would put a call to `__wasm_call_ctors` at the start of every exported function: half
/// a thousand registrations of Burn's, each time. It does not where that is exported, as it is by
/// `xtask`, and somebody has to call it.
///
/// # Panics
/// Never: registering does not fail.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    let constructors = Reflect::get(&wasm_bindgen::exports(), &"__wasm_call_ctors".into());
    if let Some(constructors) = constructors.ok().and_then(|it| it.dyn_into::<Function>().ok()) {
        constructors.call0(&JsValue::UNDEFINED).expect("constructors only register");
    }
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
