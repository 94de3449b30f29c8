//! Stage `urls`: which URLs pass, and what those are told that do not.

use crate::clients::{leads_to, refused, request, shorten, unlimited};
use kata_check::Outcome;
use kata_sim::{Datacentre, requirement};
use url_shortener::ShortenError::{Blocked, InvalidUrl};
use url_shortener::UrlProblem::{
    Credentials, ForbiddenCharacter, Host, MixedScripts, PrivateHost, Scheme, TooLong,
};
use url_shortener::{Config, UrlProblem, UrlShortenerClient as Client};

/// URLs that nothing speaks against.
const ORDINARY: &[&str] = &[
    "http://example.com",
    "HTTPS://Example.COM/Path",
    "https://example.com:8443/a/b?c=d&e=%20#frag",
    "https://example.com:1",
    "https://example.com:65535/",
    "https://example.com./",
    "https://sub.domain.example.co.uk",
    "https://example.com?mail=ana@example.com",
    "https://example.com/@ana/a:b",
    "https://example.com#@",
    "https://example.com/?next=http://localhost/",
    "https://a-b--c.example",
    "https://1password.example",
    "https://10.0.0.1.example",
    "https://localhost.example",
    "https://local.example",
    "https://arpa.home.example",
    "https://münchen.example/straße?q=ß",
    "https://пример.испытание/путь",
    "https://пример.com",
    "https://ελλάδα.example",
    "https://ישראל.example",
    "https://مثال.example",
    "https://हिन्दी.example",
    "https://ไทย.example",
    "https://한국.example",
    "https://日本語.example",
    "https://東京タワー.example",
    "https://24-日本.example",
    // Lower case would make two letters of the first, and the second is in no script.
    "https://İstanbul.example",
    "https://example.com:00443/",
    "https://example.notlocal",
    "https://athome.arpa",
    "https://home.arpa.example",
    "https://local.internal.example",
    // A hyphen, a per mille sign and a soft hyphen: neighbours of those that hide, and a relative.
    "https://example.com/\u{2010}\u{2030}\u{ad}",
];

/// URLs that are refused, by the first thing that is wrong with them.
const REFUSED: &[(UrlProblem, &[&str])] = &[
    (
        ForbiddenCharacter,
        &[
            "https://example.com/a b",
            " https://example.com",
            "https://example.com\n",
            "https://example.com/a\r\nSet-Cookie: a=b",
            "java\tscript:alert(1)",
            "https://example.com/\0",
            "https://example.com/\u{7f}",
            "https://example.com/\u{85}",
            "https://example.com/\u{9b}2J",
            "https://example.com/\u{a0}",
            "https://example.com/\u{2029}",
            "https://example.com/\u{3000}",
            "https://example.com/\u{200f}",
            "https://example.com/\u{202a}",
            "https://example.com/\u{2066}gpj.exe\u{2069}",
            "https://example.com\\@phish.example",
            "https://example.com/\u{202e}gpj.exe",
            "https://exam\u{200b}ple.com",
            "https://exam\u{2060}ple.com",
            "\u{feff}https://example.com",
        ],
    ),
    (
        Scheme,
        &[
            "",
            "example.com",
            "//example.com",
            "://example.com",
            "https",
            "https:",
            "https:example.com",
            "https:/example.com",
            "httpss://example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "javascript://example.com/%0aalert(1)",
            "data:text/html,<b>hello</b>",
            "blob:https://example.com/1",
            "mailto:ana@example.com",
            "view-source:https://example.com",
        ],
    ),
    (
        Credentials,
        &[
            "https://ana@example.com",
            "https://ana:secret@example.com/",
            "https://example.com@phish.example",
            "https://@example.com",
            "https://example.com:443@phish.example/",
            "http://ana@localhost/",
        ],
    ),
    (
        Host,
        &[
            "https://",
            "https:///path",
            "https://?query",
            "https://#fragment",
            "https://:443",
            "https://.",
            "https://.example.com",
            "https://example..com",
            "https://example.com..",
            "https://-a.example",
            "https://a-.example",
            "https://exa_mple.com",
            "https://exa%6dple.com",
            "https://example.com,phish.example",
            "https://example.com:",
            "https://example.com:0",
            "https://example.com:65536",
            "https://example.com:443443",
            "https://example.com:+443",
            "https://example.com:443:443",
            "https://example.com:000443",
            // A private host, and a mixed one, but the port comes first.
            "http://127.0.0.1:0/",
            "http://localhost:65536",
            "https://pаypal.com:x",
            "http://localhost../",
            "https://xn--pypal-4ve.com",
            "https://www.XN--pypal-4ve.com",
            "https://ｅxample.com",
            "https://phish。example",
            "https://😀.example",
            "https://exa×mple.com",
        ],
    ),
    (
        MixedScripts,
        &[
            // Cyrillic а, р, о, е; Greek ο.
            "https://pаypal.com",
            "https://www.раypal.com/login",
            "https://gοogle.com",
            "https://example.cоm",
            "https://applе.com:443/?id=1",
            "https://tokyo東京.example",
            "https://ρay-24.example",
            "https://раοа.example",
            "http://lоcalhost/",
            "http://wеb.local",
        ],
    ),
    (
        PrivateHost,
        &[
            "http://localhost",
            "http://LOCALHOST:3000/",
            "http://localhost./",
            "http://a.b.localhost/",
            "http://intranet/",
            "http://münchen",
            "http://printer.local",
            "http://db.Internal:5432",
            "http://router.home.arpa/",
            "http://home.arpa",
            "http://Router.HOME.Arpa",
            "https://example.4ever",
            "http://[::1]:0",
            "http://[",
            "http://127.0.0.1/",
            "http://127.0.0.1./",
            "http://127.1",
            "http://10.1.2.3:8080",
            "http://172.16.0.1",
            "http://192.168.0.1",
            "http://169.254.169.254/latest/meta-data/",
            "http://8.8.8.8/",
            "http://0/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.0.0.0x1",
            "http://0177.0.0.01",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]:80/",
            "http://[2001:db8::1]",
        ],
    ),
];

/// Ordinary URLs can be shortened: with ports, queries, `@` where it means nothing, names in many scripts.
#[requirement(stage = "urls", level = acceptance, points = 3, schedules = 2)]
async fn ordinary_urls_pass(dc: &Datacentre) -> Outcome {
    let config = unlimited();
    let url_bytes_max = config.url_bytes_max as usize;
    dc.deploy::<Client>(2, config).await;
    let ana = dc.client::<Client>("ana");
    let label = "a".repeat(63);
    // 3 × 64 + 61 = 253 characters.
    let longest_host = format!("https://{label}.{label}.{label}.{}", "b".repeat(61));
    // As many again, each of two bytes, and a dot that does not count.
    let greek = "λ".repeat(63);
    let longest_greek = format!("https://{greek}.{greek}.{greek}.{}./", "μ".repeat(61));
    let longest = format!("https://example.com/{}", "ü".repeat((url_bytes_max - 20) / 2));
    let longest = [&longest_host, &longest_greek, &longest].map(String::as_str);
    let urls = ORDINARY.iter().copied().chain(longest);
    for (key, url) in (1..).zip(urls) {
        let link = shorten(&ana, request(url, key)).await?;
        leads_to(&ana, &link.code, url).await?;
    }
    Ok(())
}

/// URLs that lead into private networks, hide where they lead, or lead nowhere are refused, and the answer says what is
/// wrong with them.
#[requirement(stage = "urls", level = acceptance, points = 5, schedules = 2)]
async fn refused_urls_say_why(dc: &Datacentre) -> Outcome {
    let url_bytes_max = 600;
    dc.deploy::<Client>(2, Config { url_bytes_max, ..unlimited() }).await;
    let url_bytes_max = url_bytes_max as usize;
    let ana = dc.client::<Client>("ana");
    for (problem, urls) in REFUSED {
        for url in *urls {
            refused(&ana, request(url, 1), InvalidUrl(*problem)).await?;
        }
    }
    let label = "a".repeat(63);
    let long_label = format!("https://{label}a.example");
    let long_host = format!("https://{label}.{label}.{label}.{}", "b".repeat(62));
    // As many characters as may be, but more bytes.
    let long_url = format!("https://example.com/{}", "ü".repeat(url_bytes_max - 20));
    let one_byte_more = format!("https://example.com/{}", "a".repeat(url_bytes_max - 19));
    // Also if something else is wrong with it.
    let long_and_wrong = format!("ftp://{}", " ".repeat(url_bytes_max));
    let too_long = [long_url, one_byte_more, long_and_wrong].map(|url| (url, TooLong));
    for (url, problem) in [(long_label, Host), (long_host, Host)].into_iter().chain(too_long) {
        refused(&ana, request(&url, 1), InvalidUrl(problem)).await?;
    }
    Ok(())
}

/// A host on the blocklist is blocked with all names below it, however it is written. A name that merely looks like it is not.
#[requirement(stage = "urls", level = acceptance, points = 3, schedules = 2)]
async fn the_blocklist_goes_by_host(dc: &Datacentre) -> Outcome {
    let blocklist = ["phish.example", "malware.test", "злой.example", "www.bad.example", "zip"]
        .map(str::to_owned)
        .to_vec();
    dc.deploy::<Client>(2, Config { blocklist, ..unlimited() }).await;
    let ana = dc.client::<Client>("ana");
    for url in [
        "https://phish.example",
        "http://PHISH.Example/login",
        "https://phish.example./",
        "https://phish.example:8443?x",
        "https://www.phish.example#top",
        "https://a.b.c.Malware.Test/",
        "https://злой.example",
        "https://WWW.ЗЛОЙ.example/",
        "https://a.www.bad.example",
        "https://anything.zip/",
    ] {
        refused(&ana, request(url, 1), Blocked).await?;
    }
    let harmless = [
        "https://notphish.example",
        "https://not-phish.example",
        "https://phish.example.org",
        "https://www.phish.example.com/",
        "https://phish.exampleorg.com",
        "https://example.com/phish.example",
        "https://example.com/?u=https://phish.example/",
        "https://example.com#phish.example",
        "https://phish.test",
        "https://злой.example.com",
        "https://bad.example",
        "https://zip.example",
    ];
    for (key, url) in (1..).zip(harmless) {
        shorten(&ana, request(url, key)).await?;
    }
    Ok(())
}
