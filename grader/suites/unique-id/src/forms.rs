//! UUIDs of version 7 and ULIDs, read strictly.

use kata::Time;

/// Crockford's base 32.
const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How a text is read: the time it tells, or what is wrong with it.
pub(crate) type Form = fn(&str) -> Result<Time, &'static str>;

/// RFC 9562, 5.7.
pub(crate) fn uuid(text: &str) -> Result<Time, &'static str> {
    let groups: Vec<&str> = text.split('-').collect();
    if !groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) {
        return Err("not 8-4-4-4-12 digits");
    }
    let digits = groups.concat();
    if !digits.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit)) {
        return Err("a digit is not one of 0 to 9 and a to f");
    }
    let bits = u128::from_str_radix(&digits, 16).map_err(|_| "not hexadecimal")?;
    match (bits >> 76 & 15, bits >> 62 & 3) {
        (7, 0b10) => Ok(Time::from_millis((bits >> 80) as u64)),
        (7, _) => Err("its variant is not 10"),
        _ => Err("its version is not 7"),
    }
}

/// The ULID specification.
pub(crate) fn ulid(text: &str) -> Result<Time, &'static str> {
    if text.len() != 26 {
        return Err("not 26 characters");
    }
    let mut bits = 0_u128;
    for (place, letter) in text.chars().enumerate() {
        let digit = CROCKFORD.find(letter).ok_or("a character is none of Crockford's base 32")?;
        if place == 0 && digit > 7 {
            return Err("more than 128 bits");
        }
        bits = bits << 5 | digit as u128;
    }
    Ok(Time::from_millis((bits >> 80) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: Form, text: &str, expected: Result<u64, &'static str>) {
        assert_eq!(form(text).map(Time::as_millis), expected, "{text}");
    }

    #[test]
    fn reads_uuids() {
        // RFC 9562, A.6.
        check(uuid, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", Ok(1_645_557_742_000));
        check(uuid, "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", Err("a digit is not one of 0 to 9 and a to f"));
        check(uuid, "017f22e279b07cc398c4dc0c0c07398f", Err("not 8-4-4-4-12 digits"));
        check(uuid, "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", Err("its version is not 7"));
        check(uuid, "017f22e2-79b0-7cc3-18c4-dc0c0c07398f", Err("its variant is not 10"));
    }

    #[test]
    fn reads_ulids() {
        // The specification's example.
        check(ulid, "01ARYZ6S41TSV4RRFFQ69G5FAV", Ok(1_469_918_176_385));
        check(ulid, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", Ok((1 << 48) - 1));
        check(ulid, "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", Err("more than 128 bits"));
        check(ulid, "01aryz6s41tsv4rrffq69g5fav", Err("a character is none of Crockford's base 32"));
        check(ulid, "01ARYZ6S41TSV4RRFFQ69G5FA", Err("not 26 characters"));
    }
}
