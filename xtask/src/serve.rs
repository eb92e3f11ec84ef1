//! `cargo xtask serve`: builds the page and serves it on this machine, and to this machine only.
//!
//! Of the repository it serves what the page consists of (see [`page_file`]) and nothing else.
//! Browsers ask each time whether a file has changed. Once the page's service worker is installed,
//! it answers first and offers the latest build; a reload with Shift passes it by.

use std::fs::File;
use std::io::Cursor;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, Result};
use tiny_http::{Header, Method, Request, Response, Server};

use crate::browser_build::{self, Profile};
use crate::precache::{self, Hasher};
use crate::project::Project;

pub(crate) const DEFAULT_PORT: u16 = 8080;

/// A page loads a few dozen files, some of them at once.
const THREADS: usize = 8;

/// What `index.html` allows itself, as a header: there it reaches the worker too.
pub(crate) const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; \
    object-src 'none'; base-uri 'none'; form-action 'none'";

/// Sent with everything. The last two headers give the page `SharedArrayBuffer` and exact timers.
const HEADERS: [(&str, &str); 5] = [
    ("Content-Security-Policy", POLICY),
    ("Cache-Control", "no-cache"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
];

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Reads what was written after `--port`.
pub(crate) fn port_from_text(text: &str) -> Result<u16> {
    text.parse().with_context(|| format!("--port needs a number up to 65535, got {text:?}"))
}

/// Builds the page, then answers requests until the program is stopped.
pub(crate) fn serve(project: &Project, port: u16, opens: bool) -> Result<()> {
    // Before the build, which may take minutes: a port that is taken should be known at once.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| {
        format!("cannot use port {port}; choose another with --port, such as --port {}", port ^ 1)
    })?;
    let port = listener.local_addr()?.port();
    browser_build::build(project, browser_build::PAGE, Profile::Web, &project.path("pkg"))?;

    let server = Server::from_listener(listener, None)
        .map_err(|error| anyhow::anyhow!("cannot listen on port {port}: {error}"))?;
    let server = Arc::new(server);
    let page = Arc::new(Page { root: project.root().canonicalize()?, hasher: Hasher::default() });
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (server, page) = (Arc::clone(&server), Arc::clone(&page));
            std::thread::spawn(move || answer_all(&server, &page))
        })
        .collect();

    let address = format!("http://localhost:{port}");
    println!("Naobu is ready at {address}");
    if opens && let Err(error) = open_browser(project, &address) {
        eprintln!("Please open the address yourself: {error:#}");
    }
    for thread in threads {
        thread.join().map_err(|_| anyhow::anyhow!("the server has crashed; see above"))?;
    }
    Ok(())
}

/// What is served.
struct Page {
    root: PathBuf,
    hasher: Hasher,
}

fn answer_all(server: &Server, page: &Page) {
    while let Ok(request) = server.recv() {
        // A browser that leaves before the end is no fault of ours, and nobody is left to tell.
        let _gone = answer(request, page);
    }
}

fn answer(request: Request, Page { root, hasher }: &Page) -> std::io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request
            .respond(short(405, "only GET and HEAD").with_header(header("Allow", "GET")));
    }
    let asked = page_file(request.url());
    if asked.as_deref() == Some(Path::new(precache::FILE)) {
        return request.respond(match precache::script(root, hasher) {
            Ok(script) => short(200, &script).with_header(header("Content-Type", JAVASCRIPT)),
            Err(error) => short(500, &format!("{error:#}")),
        });
    }
    let found = asked.and_then(|relative| {
        let file = File::open(real_path(root, &relative)?).ok()?;
        let tag = tag_from_file(&file)?;
        Some((relative, file, tag))
    });
    let Some((relative, file, tag)) = found else {
        return request.respond(short(404, "there is no such file"));
    };
    let is_known = request
        .headers()
        .iter()
        .any(|sent| sent.field.equiv("If-None-Match") && sent.value.as_str() == tag);
    if is_known {
        return request.respond(short(304, "").with_header(header("ETag", &tag)));
    }
    // Never chunked: the page shows progress, for which it needs the length.
    let mut response = Response::from_file(file).with_chunked_threshold(usize::MAX);
    for (name, value) in HEADERS {
        response.add_header(header(name, value));
    }
    response.add_header(header("Content-Type", mime_type(&relative)));
    response.add_header(header("ETag", &tag));
    request.respond(response)
}

fn short(status: u16, text: &str) -> Response<Cursor<Vec<u8>>> {
    let mut response = Response::from_string(text).with_status_code(status);
    for (name, value) in HEADERS {
        response.add_header(header(name, value));
    }
    response
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("our header names and values are ASCII")
}

/// Changes whenever the file does: its length and the time it was written.
fn tag_from_file(file: &File) -> Option<String> {
    let about = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let written = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("\"{:x}-{:x}\"", about.len(), written.as_nanos()))
}

/// The file that a request means, relative to the root; `None` for all that is not the page:
/// `index.html`, `sw.js`, and what lies in `www/` and `pkg/`, hidden files excepted.
fn page_file(url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = decode(path)?;
    let parts: Vec<&str> = path.split('/').collect();
    let is_plain = |part: &&str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.contains(['\\', ':'])
            && !part.contains(char::is_control)
    };
    match parts.as_slice() {
        [""] => Some(PathBuf::from("index.html")),
        [file @ ("index.html" | "sw.js")] => Some(PathBuf::from(file)),
        ["www" | "pkg", rest @ ..] if !rest.is_empty() && rest.iter().all(is_plain) => {
            Some(parts.iter().collect())
        }
        _ => None,
    }
}

/// Follows links, but not out of the folder that was asked for.
fn real_path(root: &Path, relative: &Path) -> Option<PathBuf> {
    let real = root.join(relative).canonicalize().ok()?;
    let asked = relative.components().next()?;
    real.starts_with(root.join(asked)).then_some(real)
}

/// Undoes `%20` and its like; `None` if what comes out is no text.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok().filter(|two| !two.starts_with('+'))?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// What kind of file a name stands for. Browsers refuse modules and wasm under a wrong one.
fn mime_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => JAVASCRIPT,
        "css" => "text/css; charset=utf-8",
        "txt" | "md" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        // Weights among them: .safetensors.
        _ => "application/octet-stream",
    }
}

fn open_browser(project: &Project, address: &str) -> Result<()> {
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    crate::tools::run(project.command(program).args(arguments).arg(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_that_of_the_page() {
        assert!(include_str!("../../index.html").contains(&format!("content=\"{POLICY}\"")));
    }

    #[test]
    fn the_page_and_nothing_else_is_served() {
        for (url, file) in [
            ("/", "index.html"),
            ("/?backend=cpu", "index.html"),
            ("/sw.js", "sw.js"),
            ("/pkg/naobu_bg.wasm?v=1", "pkg/naobu_bg.wasm"),
            ("/www/samples/a%20b.jpg", "www/samples/a b.jpg"),
        ] {
            assert_eq!(page_file(url), Some(PathBuf::from(file)), "{url}");
        }
        for url in ["/Cargo.toml", "/src/lib.rs", "/www", "/www/", "/target/x", "/tests/a.js"] {
            assert_eq!(page_file(url), None, "{url}");
        }
    }

    #[test]
    fn err_no_path_leads_out_of_the_page() {
        for url in [
            "/../etc/passwd",
            "/www/../Cargo.toml",
            "/www/%2e%2e/Cargo.toml",
            "/www/%2E%2E%2FCargo.toml",
            "/www/..%5cCargo.toml",
            "/www//etc/passwd",
            "/www/C:/secret",
            "/www/.hidden",
            "/pkg/.generated-from",
            "/www/a%00.js",
            "/www/%zz",
            "/www/%+1",
            "/www/%f",
            "/www/%ff",
            "//www/a.js",
            "www/a.js",
            "",
        ] {
            assert_eq!(page_file(url), None, "{url}");
        }
    }

    #[test]
    fn the_types_that_browsers_insist_on() {
        for (file, kind) in [
            ("naobu_bg.wasm", "application/wasm"),
            ("main.js", "text/javascript; charset=utf-8"),
            ("app.webmanifest", "application/manifest+json"),
            ("icon.svg", "image/svg+xml"),
            ("fill.safetensors", "application/octet-stream"),
        ] {
            assert_eq!(mime_type(Path::new(file)), kind, "{file}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn err_a_link_out_of_the_page_is_not_followed() {
        let root = std::env::temp_dir().join(format!("naobu-serve-{}", std::process::id()));
        std::fs::create_dir_all(root.join("www")).expect("a temporary folder");
        std::fs::write(root.join("secret"), "").expect("a file");
        std::fs::write(root.join("www/real.js"), "").expect("a file");
        std::os::unix::fs::symlink(root.join("secret"), root.join("www/out.js")).expect("a link");
        std::os::unix::fs::symlink("real.js", root.join("www/in.js")).expect("a link");
        let root = root.canonicalize().expect("the folder exists");

        assert_eq!(real_path(&root, Path::new("www/out.js")), None);
        let inside = real_path(&root, Path::new("www/in.js"));
        assert_eq!(inside, Some(root.join("www").join("real.js")), "control");

        std::fs::remove_dir_all(root).expect("the folder is ours");
    }

    #[test]
    fn a_file_is_sent_once_and_then_known() {
        use std::io::{Read as _, Write as _};

        let root = std::env::temp_dir().join(format!("naobu-answer-{}", std::process::id()));
        std::fs::create_dir_all(root.join("pkg")).expect("a temporary folder");
        std::fs::write(root.join("pkg/a.wasm"), [0; 50_000]).expect("a file");
        let root = root.canonicalize().expect("the folder exists");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = Server::from_listener(listener, None).expect("a server");
        let served = Page { root: root.clone(), hasher: Hasher::default() };
        let thread = std::thread::spawn(move || {
            for _ in 0..6 {
                answer(server.recv().expect("a request"), &served).expect("an answer");
            }
        });
        let ask = |first: &str, more: &str| {
            let mut stream = std::net::TcpStream::connect(address).expect("a connection");
            write!(stream, "{first} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{more}\r\n")
                .expect("a request");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).expect("an answer");
            String::from_utf8_lossy(&answer).into_owned()
        };

        let sent = ask("GET /pkg/a.wasm", "");
        assert!(sent.starts_with("HTTP/1.1 200"), "{}", &sent[..100]);
        let (head, body) = sent.split_once("\r\n\r\n").expect("a head and a body");
        assert_eq!(body.len(), 50_000);
        assert!(head.contains("Content-Length: 50000"), "{head}");
        assert!(head.contains("Content-Type: application/wasm"), "{head}");
        assert!(head.contains("Cross-Origin-Embedder-Policy: require-corp"), "{head}");
        let tag = head.lines().find_map(|line| line.strip_prefix("ETag: ")).expect("a tag");

        let again = ask("GET /pkg/a.wasm", &format!("If-None-Match: {tag}\r\n"));
        assert!(again.starts_with("HTTP/1.1 304"), "{again}");
        let asked = ask("HEAD /pkg/a.wasm", "");
        assert!(asked.contains("Content-Length: 50000") && asked.ends_with("\r\n\r\n"), "{asked}");
        assert!(ask("POST /pkg/a.wasm", "").starts_with("HTTP/1.1 405"), "only reading");

        let incomplete = ask("GET /www/precache.js", "");
        assert!(incomplete.starts_with("HTTP/1.1 500"), "{incomplete}");
        assert!(incomplete.contains("index.html"), "it says what is missing: {incomplete}");
        std::fs::write(root.join("index.html"), "").expect("a file");
        std::fs::create_dir_all(root.join("www/weights")).expect("a folder");
        let manifest = root.join("www/weights/manifest.json");
        std::fs::write(manifest, r#"{"weights": []}"#).expect("a file");
        let list = ask("GET /www/precache.js?v=1", "");
        assert!(list.starts_with("HTTP/1.1 200"), "{list}");
        assert!(list.contains(JAVASCRIPT) && list.contains("\"pkg/a.wasm\": "), "{list}");

        thread.join().expect("six answers");
        std::fs::remove_dir_all(root).expect("the folder is ours");
    }
}
