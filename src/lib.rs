//! Naobu finishes photographs, in the browser and natively: it extends them beyond their frame,
//! fills holes, guesses what a mosaic hid, finds colours, cuts things out, and enlarges them.
//!
//! The way of one photo, each step findable by its name:
//!
//! 1. [`photo::decode::decode`]: bytes to a [`photo::Photo`], upright, checked
//! 2. [`extend::Extension::new`]: four amounts become steps that a generator can paint
//! 3. [`extend::Extension::step`]: picture and margin shrink to a [`pixels::Canvas`]
//! 4. [`pixels::input_from_canvases`]: visible colours, mean, hole: a tensor on the device
//! 5. [`model::outpaint::Outpaint::forward`]: the network paints
//! 6. [`pixels::values_from_tensor`]: back again; the only wait for the device
//! 7. [`photo::complete::complete`]: the hole is put together from pieces of the photo, copied at
//!    full size, the seam blended
//! 8. [`photo::encode::encode`]: a file again
//!
//! [`fill`] goes the same way with a hole inside the photo; it can do without a network, and so can
//! [`unmosaic`] and [`enlarge`]. [`cutout`] selects what is clicked on, and takes it out of its photo;
//! [`scratches`] finds what [`fill`] shall repair.
//! [`backend`] opens the device, [`weights`] proves that a weight file fits, a
//! [`generator::Generator`] is one that is ready to paint. `web` is the thin edge
//! towards JavaScript, the `naobu` command another; [`work`] names the published works; `train` (feature `train`) makes the weights.

pub mod backend;
pub mod colorize;
pub mod cutout;
pub mod defade;
pub mod enlarge;
pub mod error;
pub mod extend;
pub mod fill;
pub mod generator;
mod looks;
pub mod model;
pub mod photo;
pub mod pixels;
pub mod scratches;
pub mod task;
mod tiles;
#[cfg(feature = "train")]
pub mod train;
pub mod unmosaic;
mod wanted;
#[cfg(target_arch = "wasm32")]
pub mod web;
pub mod weights;
pub mod work;
