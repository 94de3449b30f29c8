//! Bytes that cannot be what they were any more: whoever reads them back has to notice.

/// What may become of `bytes` on their way, by name: they are gone, cut short or too long, by one byte or by `several`.
pub fn all(bytes: &[u8], several: usize) -> Vec<(String, Vec<u8>)> {
    let longer = |by: usize| [bytes, &vec![0; by]].concat();
    let shorter = |by: usize| bytes[..bytes.len().saturating_sub(by)].to_vec();
    vec![
        ("no bytes".to_owned(), Vec::new()),
        ("three bytes".to_owned(), vec![1, 2, 3]),
        ("half of the bytes".to_owned(), shorter(bytes.len().div_ceil(2))),
        ("all bytes but the last".to_owned(), shorter(1)),
        (format!("all bytes but the last {several}"), shorter(several)),
        ("one byte more".to_owned(), longer(1)),
        (format!("{several} bytes more"), longer(several)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_as_it_was() {
        let bytes: Vec<u8> = (10..25).collect();
        let spoilt = all(&bytes, 8);
        let lengths: Vec<usize> = spoilt.iter().map(|(_, bytes)| bytes.len()).collect();
        assert_eq!(lengths, [0, 3, 7, 14, 7, 16, 23]);
        assert!(spoilt.iter().all(|(_, spoilt)| *spoilt != bytes));
    }
}
