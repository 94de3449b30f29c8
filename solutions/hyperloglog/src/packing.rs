//! Ranks on their way: the least of them, how many bits the others are above it, and so many bits for each.
//!
//! Ranks lie close together: where keys have come by the million, the highest of 16,384 is hardly ever 32 above the least, so that
//! five bits are enough for each and the head costs nothing.

/// The highest rank that anybody may send. None is above 61: 64 bits of a hash, less 4 that choose the register, and 1.
const RANK_MAX: u8 = 63;
/// How many bits the highest rank takes.
const BITS_MAX: u8 = 6;

/// `ranks`, a multiple of eight of them. Eight take as many bytes as one takes bits.
pub(super) fn pack(ranks: &[u8]) -> Vec<u8> {
    let least = ranks.iter().copied().min().unwrap_or(0);
    let most = ranks.iter().copied().max().unwrap_or(0);
    let bits = u8::BITS - (most - least).leading_zeros();
    let mut packed = vec![least, bits as u8];
    let (eights, _) = ranks.as_chunks::<8>();
    for eight in eights {
        let word = eight.iter().fold(0, |word, rank| word << bits | u64::from(rank - least));
        packed.extend_from_slice(&word.to_be_bytes()[8 - bits as usize..]);
    }
    packed
}

/// The ranks in packed bytes; `None` if there are not `count` of them.
pub(super) fn unpack(packed: &[u8], count: usize) -> Option<impl Iterator<Item = u8>> {
    let (&[least, bits], packed) = packed.split_first_chunk()?;
    let width = usize::from(bits);
    let fits = least <= RANK_MAX && bits <= BITS_MAX && packed.len() == count / 8 * width;
    fits.then(|| {
        let eights = (0..count / 8).map(move |eight| &packed[eight * width..][..width]);
        eights.flat_map(move |bytes| {
            let word = bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
            let above = move |rank: u8| (word >> ((7 - rank) * bits)) as u8 & ((1 << bits) - 1);
            (0..8).map(move |rank| (least + above(rank)).min(RANK_MAX))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ranks: &[u8], bits: usize) {
        let packed = pack(ranks);
        assert_eq!(packed.len(), 2 + ranks.len() * bits / 8);
        let unpacked: Option<Vec<u8>> = unpack(&packed, ranks.len()).map(Iterator::collect);
        assert_eq!(unpacked.as_deref(), Some(ranks));
        assert!(unpack(&packed[..1], ranks.len()).is_none());
        assert!(unpack(&[&packed[..], &[0]].concat(), ranks.len()).is_none());
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        check(&[0; 16], 0);
        check(&[9; 16], 0);
        check(&std::array::from_fn::<u8, 64, _>(|i| i as u8), 6);
        check(&std::array::from_fn::<u8, 32, _>(|i| 30 + i as u8), 5);
        check(&[1, 2, 1, 2, 2, 2, 1, 1], 1);
    }

    #[test]
    fn what_nobody_packed_does_no_harm() {
        assert!(unpack(&[], 8).is_none());
        assert!(unpack(&[0, 7, 0, 0, 0, 0, 0, 0, 0], 8).is_none());
        assert!(unpack(&[200, 0], 8).is_none());
        let highest: Option<Vec<u8>> = unpack(&[60, 3, 255, 255, 255], 8).map(Iterator::collect);
        assert_eq!(highest, Some(vec![63; 8]));
    }
}
