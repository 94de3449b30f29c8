//! Which URLs are refused, and why.

/// Why a URL is refused. The variants stand in the order in which they are checked: the first that applies is the answer.
///
/// The *authority* is what stands between `://` and the next `/`, `?` or `#`, or the URL's end. What follows the authority is
/// free, but for [`ForbiddenCharacter`](UrlProblem::ForbiddenCharacter). The *host* is the authority up to its first `:`, without
/// one dot at its end. *Labels* are the parts of the host between dots.
#[kata::data(Copy, Eq)]
pub enum UrlProblem {
    /// It has more than [`Config::url_bytes_max`](crate::Config::url_bytes_max) bytes.
    TooLong,
    /// It holds a control character ([`char::is_control`]), white space ([`char::is_whitespace`]), a backslash, or a character
    /// that hides itself or turns the text around: U+200B to U+200F, U+202A to U+202E, U+2060 to U+2069, U+FEFF.
    ForbiddenCharacter,
    /// It does not begin with `http://` or `https://`, in whatever case.
    Scheme,
    /// The authority holds an `@`: a user name, a password, or a host made to look like another.
    Credentials,
    /// The host is no well-formed name. That is:
    ///
    /// - it has no characters, or more than 253;
    /// - a label has no characters, more than 63, a `-` at its beginning or end, or begins with `xn--` in whatever case (send
    ///   the name itself, so that it can be looked at);
    /// - a label holds something else than ASCII digits, `-`, and characters that [`script_of`](crate::script_of) knows;
    /// - the authority has a `:`, and what follows it is not 1 to 5 digits that make a number from 1 to 65,535.
    ///
    /// An authority that begins with `[` is not looked at here.
    Host,
    /// A label mixes characters of several [scripts](crate::Script), as in `pаypal.com` with a Cyrillic `а`. Digits and `-` belong
    /// to none, and different labels may differ.
    MixedScripts,
    /// The host leads into somebody's private network, or may: the authority begins with `[`; the host has only one label;
    /// its last label begins with an ASCII digit, as in every notation of an IPv4 address; its last label is
    /// `localhost`, `local` or `internal`, or its last two are `home.arpa`, in whatever case. Addresses are refused
    /// even if they are public.
    PrivateHost,
}
