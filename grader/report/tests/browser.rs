//! Pages as a browser lays them out: nothing wider than the page, no text on another or outside its picture, nothing that a page may
//! not do, in light and dark, on wide and narrow screens and on paper. The designs are those on record of all references.
//!
//! Needs Chromium. Where there is none, the gate fails (`CI` is set there) and everybody else is told.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use kata_check::measured::{Load, Slice};
use kata_check::{
    Counterexample, Grade, History, Judgement, Level, Line, LineKind, Measured, Receipt, Score, Seconds,
    Verdict,
};
use kata_report::compare::{self, Compared, Comparison};
use kata_report::grade::Commands;
use kata_report::page::{self, References};
use kata_report::scale::record;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// What Chromium is called.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Widths of windows, in pixels: 80 em, and a telephone.
const WIDTHS: [u32; 2] = [1_280, 375];

#[test]
fn pages_are_legible_in_a_browser() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let pages = pages();
    let harness = folder.path().join("harness.html");
    fs::write(&harness, framed(&pages)).unwrap();
    for (scheme, setting, ground) in [
        ("dark", "preferredColorScheme=0", "rgb(21, 24, 29)"),
        ("light", "preferredColorScheme=1", "rgb(255, 255, 255)"),
    ] {
        let (dom, log) =
            chromium.run(folder.path(), &[&format!("--blink-settings={setting}"), "--dump-dom"], &harness);
        assert!(!log.contains("CONSOLE"), "{scheme}: {log}");
        let told = dom.split_once("<pre id=\"told\">").and_then(|(_, rest)| rest.split_once("</pre>"));
        let told = told.expect("the harness tells what it saw").0;
        let (seen, wrong): (Vec<&str>, Vec<&str>) =
            told.lines().filter(|line| !line.is_empty()).partition(|line| line.starts_with("seen "));
        assert_eq!(wrong, [""; 0], "{scheme}");
        assert_eq!(seen.len(), pages.len() * WIDTHS.len(), "{told}");
        for line in seen {
            assert!(line.ends_with(ground), "{scheme}: {line}");
        }
    }
    for (name, html) in &pages {
        let (page, paper) = (folder.path().join(format!("{name}.html")), folder.path().join("paper.pdf"));
        fs::write(&page, html).unwrap();
        let _ = fs::remove_file(&paper);
        chromium.run(folder.path(), &[&format!("--print-to-pdf={}", paper.display())], &page);
        assert!(fs::read(&paper).unwrap().starts_with(b"%PDF"), "{name}");
    }
}

struct Chromium(PathBuf);

fn chromium() -> Option<Chromium> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|file| file.exists());
    assert!(found.is_some() || env::var_os("CI").is_none(), "there is no Chromium; the gate needs one");
    if found.is_none() {
        eprintln!("there is no Chromium here, so nobody looks at the pages");
    }
    found.map(Chromium)
}

impl Chromium {
    /// What it prints, and what it complains about.
    fn run(&self, folder: &Path, arguments: &[&str], page: &Path) -> (String, String) {
        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        let mut command = Command::new(&self.0);
        command.args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--window-size=1400,1000",
        ]);
        command.args(["--enable-logging=stderr", &profile]).args(arguments);
        command.arg(format!("file://{}", page.display())).stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let log = text(&output.stderr);
        assert!(output.status.success(), "{log}");
        (text(&output.stdout), log)
    }
}

/// All pages in frames of all widths, and a script that looks at them. Frames with `srcdoc` may be looked into.
fn framed(pages: &[(String, String)]) -> String {
    let mut html = "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n".to_owned();
    for (name, page) in pages {
        let page = page.replace('&', "&amp;").replace('"', "&quot;");
        for width in WIDTHS {
            let _ = writeln!(
                html,
                "<iframe title=\"{name} at {width}\" style=\"width:{width}px;height:900px;border:0\" srcdoc=\"{page}\"></iframe>"
            );
        }
    }
    html + "<pre id=\"told\"></pre>\n<script>" + LOOK + "</script>\n"
}

const LOOK: &str = r#"
const told = [];
const meets = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
const holds = (a, b) => b.left >= a.left - 1 && b.right <= a.right + 1 && b.top >= a.top - 1 && b.bottom <= a.bottom + 1;
function look(frame) {
    const page = frame.contentDocument, root = page.documentElement;
    const wrong = what => told.push(`${frame.title}: ${what}`);
    if (root.scrollWidth > root.clientWidth) {
        for (const one of page.body.querySelectorAll('*')) {
            const scrolls = one.parentElement.closest('.wide, .sequence');
            if (!scrolls && one.getBoundingClientRect().right > root.clientWidth + 1) {
                wrong(`${one.tagName} ${one.getAttribute('class')} is wider than the page: ${one.textContent.trim().slice(0, 40)}`);
            }
        }
        wrong(`the page is ${root.scrollWidth} wide`);
    }
    let count = 0;
    for (const svg of page.querySelectorAll('svg')) {
        const texts = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect(), text]);
        count += texts.length;
        texts.forEach(([name, rect, text], at) => {
            if (!holds(svg.getBoundingClientRect(), rect)) wrong(`"${name}" stands outside its picture`);
            const party = text.closest('.party');
            if (party && !holds(party.querySelector('rect').getBoundingClientRect(), rect)) wrong(`"${name}" stands outside its box`);
            for (const [other, area] of texts.slice(at + 1)) if (meets(rect, area)) wrong(`"${name}" meets "${other}"`);
        });
        for (const path of svg.querySelectorAll('path, rect')) {
            if ([...path.attributes].some(one => /NaN|inf/.test(one.value))) wrong(`${path.outerHTML} is not a place`);
        }
    }
    if (count === 0) wrong('there is no text in any picture');
    told.push(`seen ${frame.title}: ${count} texts on ${getComputedStyle(page.body).backgroundColor}`);
}
addEventListener('load', () => {
    document.querySelectorAll('iframe').forEach(look);
    document.getElementById('told').textContent = '\n' + told.join('\n') + '\n';
});
"#;

/// For every kata with figures on record a report of its reference, one of the same beyond what it can, and both compared.
fn pages() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/measured");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "there is no design on record");
    let commands = Commands { grade: "kata grade".to_owned(), hint: "kata hint".to_owned() };
    let mut pages = Vec::new();
    for file in files {
        let kata = file.file_stem().unwrap().to_str().unwrap();
        let references = record::read(&fs::read_to_string(&file).unwrap()).unwrap();
        let (good, bad) = (grade(kata, &references, well), grade(kata, &references, overloaded));
        pages.push((format!("{kata}-good"), page::html(&good, &references, &commands, false)));
        pages.push((format!("{kata}-bad"), page::html(&bad, &references, &commands, true)));
        let solutions = [("reference", &good), ("a-name-of-some-length/of-a-folder", &bad), ("mine", &good)];
        let solutions =
            solutions.map(|(name, grade)| Compared { name: name.to_owned(), grade: grade.clone() });
        let comparison = Comparison { kata: kata.to_owned(), seed: 1, solutions: solutions.to_vec() };
        pages.push((format!("{kata}-compared"), compare::html(&comparison)));
    }
    pages
}

fn grade(kata: &str, references: &References, judge: fn(&str, Measured) -> Judgement) -> Grade {
    let requirements: Vec<Judgement> =
        references.iter().map(|(id, measured)| judge(id, with_slices(measured.clone()))).collect();
    Grade {
        kata: kata.to_owned(),
        path: ".".to_owned(),
        seed: 1,
        contract: "00ab34cd56ef7890".to_owned(),
        score: Score { earned: 0, possible: 40, bonus: 0 },
        requirements,
        receipt: Receipt::default(),
        seconds: Seconds::default(),
    }
}

/// Records keep nothing over time.
fn with_slices(mut measured: Measured) -> Measured {
    for Load { slices, offered, latency, .. } in &mut measured.loads {
        let slice = |at: u64| Slice {
            offered: *offered / 40,
            failed: 0,
            served: (*offered / 40).saturating_sub(at % 3),
            p50_us: latency.p50_us,
            p99_us: latency.p99_us.map(|us| us + 700 * (at % 5)),
        };
        *slices = (0..40).map(slice).collect();
    }
    measured
}

fn well(id: &str, measured: Measured) -> Judgement {
    Judgement {
        id: id.to_owned(),
        stage: "rush".to_owned(),
        level: Level::Scale,
        verdict: Verdict::Pass,
        points: 4,
        bonus: false,
        earned: 4,
        schedules: 1,
        steps: 63_533,
        seconds: 2.5,
        measured: Some(measured),
        counterexample: None,
    }
}

/// Everything is refused half of the time and slow, and everything has long names.
fn overloaded(id: &str, mut measured: Measured) -> Judgement {
    for arrow in &mut measured.arrows {
        arrow.verb += " and a method of a long name";
        if !matches!(arrow.to.as_str(), "nodes" | "cache") {
            arrow.to += " of a long name";
        }
        arrow.requests = 1_234_567;
        arrow.failed = arrow.requests / 2;
        arrow.p99_us = 999_900;
    }
    for place in &mut measured.places {
        place.part += "-000c55276a6df9608968842907ea74b5-000c55276a6df9608968842907ea74b5";
        (place.refused, place.busy_per_mille) = (place.served / 2 + 1, 1_000);
    }
    for Load { slices, failed, offered, quantiles, latency, .. } in &mut measured.loads {
        *failed = *offered / 2;
        quantiles.iter_mut().filter(|one| one.of_100_000 >= 50_000).for_each(|one| one.us = None);
        slices
            .iter_mut()
            .skip(20)
            .for_each(|slice| (slice.p50_us, slice.p99_us, slice.served) = (None, None, 0));
        (latency.p50_us, latency.p99_us) = (Some(9_999_000), None);
    }
    let line = |kind, from: &str, to: &str, what: &str, outcome: &str| {
        let own = str::to_owned;
        Line { at_us: 1_204_000, kind, from: own(from), to: own(to), what: own(what), outcome: own(outcome) }
    };
    let found = Counterexample {
        summary: "redirects under load: too many fail".to_owned(),
        expected: "99 of 100 redirects within 50 ms (the system-design interview guide)".to_owned(),
        observed: "p99 never, median 9.9 s, 500 of 1,000 failed".to_owned(),
        found_at: "in virtual time".to_owned(),
        history: History(vec![
            line(LineKind::Call, "visitor", "node-1", "resolve(Hmt40Tw)", ""),
            line(LineKind::Request, "node-1", "table", "get links/Hmt40Tw", "throttled"),
            line(LineKind::Return, "node-1", "visitor", "resolve", "Err(Unavailable)"),
        ]),
        replay: format!("{id}@1:t0"),
    };
    let (verdict, earned, counterexample) = (Verdict::Fail, 0, Some(found));
    Judgement { verdict, earned, counterexample, ..well(id, measured) }
}
