//! Keys that collide under hash functions that everybody knows: a sketch whose hashing depends on a secret is not harmed by them.
//!
//! But for FNV-1a, the collisions hold under every seed: two stretches of a key differ so that the second undoes what the first
//! did to the state, whatever the state was. A key has ten such places with two choices each, so there are 1,024 keys. The idea
//! against MurmurHash3 is Aumasson's and Bernstein's (2012).

/// Places in a key where it has a choice.
const PLACES: u32 = 10;

/// Keys that collide, by what they collide under.
pub fn all() -> [(&'static str, Vec<Vec<u8>>); 5] {
    [
        ("MurmurHash3 of 128 bits, with any seed", chosen(murmur3_pieces())),
        ("FxHash, with any seed", chosen(fx_pieces())),
        ("a hash that multiplies by 31, with any seed", chosen([b"Aa".to_vec(), b"BB".to_vec()])),
        ("a hash that multiplies by 33, with any seed", chosen([b"Ab".to_vec(), b"BA".to_vec()])),
        ("FNV-1a of 64 bits", fnv1a()),
    ]
}

/// All keys of pieces of two kinds that change the state in the same way.
fn chosen(pieces: [Vec<u8>; 2]) -> Vec<Vec<u8>> {
    let pieces = &pieces;
    let key =
        |choices: u32| (0..PLACES).flat_map(move |place| pieces[(choices >> place & 1) as usize].clone());
    (0..1 << PLACES).map(|choices| key(choices).collect()).collect()
}

const MURMUR3_C1: u64 = 0x87c3_7b91_1142_53d5;
const MURMUR3_C2: u64 = 0x4cf5_ad43_2745_937f;

/// Two blocks each. In the first, both halves of the state get a difference in their highest bit; adding one half to the
/// other cancels it there, and the second block cancels it in the other.
fn murmur3_pieces() -> [Vec<u8>; 2] {
    let piece = |first: u64, second: u64, third: u64| {
        // What the function makes of these words has the bits given.
        let low = |mixed: u64| unmultiply(unmultiply(mixed, MURMUR3_C2).rotate_right(31), MURMUR3_C1);
        let high = |mixed: u64| unmultiply(unmultiply(mixed, MURMUR3_C1).rotate_right(33), MURMUR3_C2);
        [low(first), high(second), low(third), high(0)].into_iter().flat_map(u64::to_le_bytes).collect()
    };
    // The state is rotated by 27 and 31 bits before it matters where the difference is.
    [piece(0, 0, 0), piece(1 << 36, 1 << 32, 1 << 63)]
}

/// Two words each. The highest bit survives the multiplication alone, and the rotation by 5 takes it to bit 4.
fn fx_pieces() -> [Vec<u8>; 2] {
    let piece = |first: u64, second: u64| [first.to_le_bytes(), second.to_le_bytes()].concat();
    [piece(7, 7), piece(7 ^ 1 << 63, 7 ^ 1 << 4)]
}

/// Eight bytes that take the state to 0, where zeros leave it.
fn fnv1a() -> Vec<Vec<u8>> {
    const TO_ZERO: [u8; 8] = [0xd5, 0x6b, 0xb9, 0x53, 0x42, 0x87, 0x08, 0x36];
    (0..1 << PLACES).map(|zeros| TO_ZERO.into_iter().chain(vec![0; zeros]).collect()).collect()
}

/// Divides by an odd number, modulo 2^64.
fn unmultiply(product: u64, odd: u64) -> u64 {
    // Newton's iteration doubles the number of right bits, beginning with three.
    let inverse =
        (0..5).fold(odd, |inverse, _| inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse))));
    product.wrapping_mul(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Of a seed and a key.
    type Hash = fn(u64, &[u8]) -> u64;

    fn words(key: &[u8]) -> impl Iterator<Item = u64> {
        key.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes")))
    }

    /// The state after whole blocks; what follows depends on it and on the length alone.
    fn murmur3(seed: u64, key: &[u8]) -> u64 {
        let (mut h1, mut h2) = (seed, seed);
        let words: Vec<u64> = words(key).collect();
        for block in words.chunks_exact(2) {
            let k1 = block[0].wrapping_mul(MURMUR3_C1).rotate_left(31).wrapping_mul(MURMUR3_C2);
            h1 = (h1 ^ k1).rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
            let k2 = block[1].wrapping_mul(MURMUR3_C2).rotate_left(33).wrapping_mul(MURMUR3_C1);
            h2 = (h2 ^ k2).rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
        }
        h1 ^ h2.rotate_left(1)
    }

    fn fx(seed: u64, key: &[u8]) -> u64 {
        words(key).fold(seed, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95))
    }

    fn times<const FACTOR: u64>(seed: u64, key: &[u8]) -> u64 {
        key.iter().fold(seed, |hash, &byte| hash.wrapping_mul(FACTOR).wrapping_add(u64::from(byte)))
    }

    fn fnv1a_of(_seed: u64, key: &[u8]) -> u64 {
        let start = 0xcbf2_9ce4_8422_2325;
        key.iter().fold(start, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    #[test]
    fn all_keys_of_a_kind_collide() {
        let hashes: [Hash; 5] = [murmur3, fx, times::<31>, times::<33>, fnv1a_of];
        for ((name, keys), hash) in all().into_iter().zip(hashes) {
            assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 1 << PLACES, "{name}");
            for seed in [0, 1, 0x0123_4567_89ab_cdef] {
                assert!(
                    keys.iter().all(|key| hash(seed, key) == hash(seed, &keys[0])),
                    "{name}, seed {seed}"
                );
                assert!(name.contains("FNV") || hash(seed, &keys[0]) != hash(seed, b"01234567"), "{name}");
            }
        }
    }
}
