//! `cargo xtask dist`: the page as a host serves it, in `dist/`, and what it weighs.
//!
//! Every address in the page is relative, so the folder works at any path of a host.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::browser_build::{self, Profile};
use crate::precache;
use crate::project::Project;
use crate::tools;

/// The most the wasm may weigh under brotli. With all networks and tools and two decoders for JPEG it
/// weighs 2.74 MB; with out-painting alone it was 2.32. The goal is 2 MB.
const WASM_BROTLI_LIMIT_BYTES: u64 = 2_750_000;

/// The most all else may weigh that a visitor loads before any weights; samples, and the icons of an
/// installed page, excepted.
const PAGE_BROTLI_LIMIT_BYTES: u64 = 163_000;

/// What rustc emits by default and every browser has had since 2023. Never `--all-features`: with it
/// wasm-opt writes forms that browsers still refuse.
const WASM_FEATURES: [&str; 9] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// Builds, packs and weighs; fails when the wasm or the page is over its limit.
pub(crate) fn dist(project: &Project, optimizes: bool) -> Result<()> {
    let into = project.path("dist");
    if into.is_dir() {
        std::fs::remove_dir_all(&into).context("cannot empty dist/; is a server using it?")?;
    }
    tools::node(project)?;
    let pkg = into.join("pkg");
    let wasm = browser_build::build(project, browser_build::PAGE, Profile::Dist, &pkg)?;
    browser_build::remove_leftovers(&pkg)?;
    if optimizes {
        optimize(project, &wasm)?;
    }
    copy_page(project, &into)?;
    minify(project, &into)?;
    precache::write(&into)?;

    let sizes = measure(project, &into)?;
    println!("\n{}", table_from_sizes(&sizes));
    check(&sizes)
}

/// `cargo xtask package`: the npm package in `dist-npm/`, with the small wasm.
pub(crate) fn package(project: &Project) -> Result<()> {
    dist(project, true)?;
    let mut node = tools::node(project)?;
    node.arg(project.path("xtask/src/package.mjs"));
    tools::run(node.args(["dist-npm", "dist/pkg"]))?;
    println!("The package is in dist-npm/; `npm publish ./dist-npm` publishes it.");
    Ok(())
}

/// Copies what the page is made of, and beside the weights what is said of where they come from.
fn copy_page(project: &Project, into: &Path) -> Result<()> {
    copy_folder(&project.path("www"), &into.join("www"))?;
    for (from, to) in
        [("index.html", "index.html"), ("sw.js", "sw.js"), ("NOTICE", "www/weights/NOTICE")]
    {
        std::fs::copy(project.path(from), into.join(to))
            .with_context(|| format!("cannot copy {from}"))?;
    }
    Ok(())
}

/// Lets wasm-opt make the wasm smaller; takes minutes.
fn optimize(project: &Project, wasm: &Path) -> Result<()> {
    println!("Optimizing the wasm (some minutes) …");
    let start = Instant::now();
    let smaller = wasm.with_extension("optimized");
    let mut wasm_opt = tools::node_program(project, "binaryen/bin/wasm-opt")?;
    wasm_opt.arg(wasm).arg("-o").arg(&smaller).arg("-Os").args(WASM_FEATURES);
    tools::run(&mut wasm_opt)?;
    std::fs::rename(&smaller, wasm)?;
    println!("wasm-opt took {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Makes every script and style below `folder` smaller: comments and spaces are a third of the page's
/// weight.
fn minify(project: &Project, folder: &Path) -> Result<()> {
    tools::ensure_node_modules(project)?;
    let is_text = |path: &String| path.ends_with(".js") || path.ends_with(".css");
    let paths: Vec<String> = files_below(folder)?.into_iter().filter(is_text).collect();
    told(project, "minify.mjs", folder, &paths)?;
    Ok(())
}

/// Runs a script beside this file in `folder`, tells it paths, and returns what it writes.
fn told(project: &Project, script: &str, folder: &Path, paths: &[String]) -> Result<Vec<u8>> {
    let mut node = tools::node(project)?;
    let mut running = node
        .arg(project.path("xtask/src").join(script))
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start node")?;
    running.stdin.take().context("node has no input")?.write_all(paths.join("\n").as_bytes())?;
    let output = running.wait_with_output()?;
    if !output.status.success() {
        bail!("{script} failed; see above");
    }
    Ok(output.stdout)
}

/// Copies a folder with all in it, hidden files and notes for developers excepted.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    let entries =
        std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let is_left_out = name.to_string_lossy().starts_with('.')
            || path.extension().is_some_and(|extension| extension == "md");
        if path.is_dir() {
            copy_folder(&path, &to.join(name))?;
        } else if !is_left_out {
            std::fs::copy(&path, to.join(name))
                .with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

/// A file of `dist/`, its path with `/`, in bytes as it is and as hosts send it.
#[derive(Clone, Debug, Default)]
struct Size {
    path: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
    is_valid: bool,
}

/// Weighs every file below `folder`.
fn measure(project: &Project, folder: &Path) -> Result<Vec<Size>> {
    println!("Weighing …");
    let written = told(project, "measure.mjs", folder, &files_below(folder)?)?;
    let sizes: Vec<Value> = serde_json::from_slice(&written)?;
    Ok(sizes.iter().map(size_from_json).collect())
}

fn size_from_json(json: &Value) -> Size {
    let number = |key: &str| json[key].as_u64().unwrap_or_default();
    Size {
        path: json["path"].as_str().unwrap_or_default().to_owned(),
        raw: number("raw"),
        gzip: number("gzip"),
        brotli: number("brotli"),
        is_valid: json["isValid"] == true,
    }
}

/// Relative paths with `/`, sorted.
fn files_below(folder: &Path) -> Result<Vec<String>> {
    fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) -> Result<()> {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let relative = format!("{prefix}{name}");
            if path.is_dir() {
                collect(&path, &format!("{relative}/"), found)?;
            } else {
                found.push(relative);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    collect(folder, "", &mut found)?;
    Ok(found)
}

/// The row of the table that a file counts towards.
fn part_of(path: &str) -> &'static str {
    match path {
        _ if path.ends_with(".wasm") => "wasm",
        _ if path.starts_with("www/weights/") => "weights",
        _ if path.starts_with("www/samples/") => "samples",
        _ if path.starts_with("www/icons/") && path.ends_with(".png") => "icons",
        _ => "page",
    }
}

fn total<'a>(sizes: impl Iterator<Item = &'a Size>) -> Size {
    sizes.fold(Size::default(), |sum, size| Size {
        raw: sum.raw + size.raw,
        gzip: sum.gzip + size.gzip,
        brotli: sum.brotli + size.brotli,
        ..sum
    })
}

fn table_from_sizes(sizes: &[Size]) -> String {
    let mut table = format!("{:<10}{:>12}{:>12}{:>12}  kB\n", "", "raw", "gzip", "brotli");
    let mut row = |name: &str, size: &Size| {
        let [raw, gzip, brotli] = [size.raw, size.gzip, size.brotli].map(kilobytes_from_bytes);
        writeln!(table, "{name:<10}{raw:>12}{gzip:>12}{brotli:>12}").is_ok()
    };
    for part in ["wasm", "page", "samples", "icons", "weights"] {
        row(part, &total(sizes.iter().filter(|size| part_of(&size.path) == part)));
    }
    row("together", &total(sizes.iter()));
    table
}

/// With one decimal: 1234 becomes `1.2`.
fn kilobytes_from_bytes(bytes: u64) -> String {
    let tenths = (bytes + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Refuses a wasm that is too heavy, or that the engine of node does not know; and a heavy page.
fn check(sizes: &[Size]) -> Result<()> {
    for wasm in sizes.iter().filter(|size| part_of(&size.path) == "wasm") {
        if !wasm.is_valid {
            bail!("dist/{} uses features that browsers lack; see WASM_FEATURES", wasm.path);
        }
        if wasm.brotli > WASM_BROTLI_LIMIT_BYTES {
            bail!(
                "dist/{} weighs {} kB under brotli, the limit is {}; leave something out",
                wasm.path,
                kilobytes_from_bytes(wasm.brotli),
                kilobytes_from_bytes(WASM_BROTLI_LIMIT_BYTES),
            );
        }
    }
    let mut page: Vec<&Size> = sizes.iter().filter(|size| part_of(&size.path) == "page").collect();
    let weight = total(page.iter().copied()).brotli;
    if weight > PAGE_BROTLI_LIMIT_BYTES {
        page.sort_by_key(|size| std::cmp::Reverse(size.brotli));
        let heaviest: Vec<&str> = page.iter().take(5).map(|size| size.path.as_str()).collect();
        bail!(
            "the page weighs {} kB under brotli, the limit is {}; its heaviest files are {}",
            kilobytes_from_bytes(weight),
            kilobytes_from_bytes(PAGE_BROTLI_LIMIT_BYTES),
            heaviest.join(", "),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(path: &str, brotli: u64) -> Size {
        Size { path: path.to_owned(), raw: 9, gzip: 8, brotli, is_valid: true }
    }

    #[test]
    fn err_a_heavy_or_foreign_wasm_is_refused() {
        let heavy = size("pkg/naobu_bg.wasm", WASM_BROTLI_LIMIT_BYTES + 1);
        assert!(check(&[heavy]).is_err());
        let foreign = Size { is_valid: false, ..size("pkg/naobu_bg.wasm", 1) };
        assert!(check(&[foreign]).is_err());
        let just = size("pkg/naobu_bg.wasm", WASM_BROTLI_LIMIT_BYTES);
        let weights = size("www/weights/a.safetensors", WASM_BROTLI_LIMIT_BYTES + 1);
        check(&[just, weights]).expect("control: these are fine");
    }

    #[test]
    fn err_a_heavy_page_is_refused_and_its_heaviest_files_are_named() {
        let half = PAGE_BROTLI_LIMIT_BYTES / 2;
        let others = [size("www/samples/sea.jpg", half), size("www/weights/a.safetensors", half)];
        let mut sizes = vec![size("index.html", half), size("www/main.js", half)];
        sizes.extend(others);
        check(&sizes).expect("control: samples and weights are no part of it");
        sizes.push(size("www/store.js", 1));
        let error = check(&sizes).expect_err("one byte too many").to_string();
        assert!(error.ends_with("index.html, www/main.js, www/store.js"), "{error}");
    }

    #[test]
    fn the_notice_lies_beside_the_weights_and_notes_for_developers_stay_behind() {
        let project = Project::find().expect("this repository");
        let into = std::env::temp_dir().join(format!("naobu-dist-{}", std::process::id()));
        let copied = copy_page(&project, &into).and_then(|()| files_below(&into));
        let notice = std::fs::read(into.join("www/weights/NOTICE"));
        std::fs::remove_dir_all(&into).expect("it was just made");
        let copied = copied.expect("the page can be copied");
        assert!(copied.iter().any(|path| path == "www/weights/manifest.json"), "{copied:?}");
        assert!(!copied.iter().any(|path| path.ends_with(".md")), "{copied:?}");
        let wanted = std::fs::read(project.path("NOTICE")).expect("NOTICE");
        assert_eq!(notice.expect("a copy of NOTICE"), wanted);
    }

    #[test]
    fn scripts_and_styles_get_smaller_and_keep_their_names() {
        let project = Project::find().expect("a checkout");
        let folder = std::env::temp_dir().join(format!("naobu-minify-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let write =
            |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file");
        write(
            "a.js",
            "// A head.\nexport const width = /** @type {A} */ (1);\n// Why.\nconst f = '/**';\nexport { f as text };\n",
        );
        write("a.css", "/* Cards. */\n.card {\n  width: 1px; /* A hair. */\n}\n");
        write("a.txt", "// Stays.\n");
        let done = minify(&project, &folder);
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
        let texts = ["a.js", "a.css", "a.txt"].map(read);
        let _ = std::fs::remove_dir_all(&folder);
        done.expect("they can be made smaller");
        let [script, style, other] = texts;
        assert!(script.contains("const width=1") && script.contains("\"/**\""), "{script}");
        assert!(!script.contains("Why") && !script.contains("head"), "{script}");
        assert_eq!(style, ".card{width:1px}\n");
        assert_eq!(other, "// Stays.\n", "control");
    }

    #[test]
    fn every_file_counts_once() {
        let sizes = [size("index.html", 1_000), size("www/weights/a", 20_000), size("a.wasm", 500)];
        let table = table_from_sizes(&sizes);
        let last = table.lines().last().expect("a last row");
        assert!(last.starts_with("together") && last.ends_with(" 21.5"), "{table}");
        assert_eq!(table.lines().count(), 7, "{table}");
    }
}
