//! What officers sign besides mail: each kind of statement under an eContentType of its own (RFC 5652 section 5.2), so that none
//! passes for a mail, a mail for none of them, and none for another.

use crate::pki::tlv;

/// What an officer states under a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement {
    /// A decision about a request.
    Decision,
    /// That an LRAO identified somebody at a walk-in.
    Identification,
    /// The cards of a box that travels to another office.
    Stock,
}

impl Statement {
    /// All kinds.
    pub const ALL: [Statement; 3] = [Self::Decision, Self::Identification, Self::Stock];

    /// The URN that the kind's UUID is made of.
    pub const fn urn(self) -> &'static str {
        match self {
            Self::Decision => "urn:siegelpost:decision",
            Self::Identification => "urn:siegelpost:identification",
            Self::Stock => "urn:siegelpost:card-stock",
        }
    }

    /// The kind's UUID: version 5 (RFC 9562 section 5.5), of its URN in the name space of URLs.
    pub const fn uuid(self) -> u128 {
        match self {
            Self::Decision => 0xc319_33b3_0e36_5099_8bb8_2b1b_1127_3e36,
            Self::Identification => 0x35df_d9ba_781c_5488_aeb1_85d0_060f_2368,
            Self::Stock => 0xa9ef_f7ad_0810_5260_92ec_11c1_9a9b_fb18,
        }
    }

    /// The content octets of the kind's OID, which is 2.25 and the UUID as one whole number (ITU-T X.667 section 7).
    pub(super) fn oid(self) -> Vec<u8> {
        // 2.25 makes 40 · 2 + 25 (X.690 section 8.19.4); of the number, seven bits an octet, the highest first.
        let mut octets = vec![105];
        let digits = (128 - self.uuid().leading_zeros()).div_ceil(7).max(1);
        for place in (0..digits).rev() {
            let seven = (self.uuid() >> (7 * place)) as u8 & 0x7f;
            octets.push(if place == 0 { seven } else { seven | 0x80 });
        }
        octets
    }

    /// The name in what is told of it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Decision => "a decision",
            Self::Identification => "an identification",
            Self::Stock => "a stock file",
        }
    }
}

/// The DER of an OID with these content octets.
pub(super) fn oid_der(octets: &[u8]) -> Vec<u8> {
    tlv::element(tlv::OID, octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

    #[test]
    fn each_kind_is_the_uuid_of_its_name() {
        // RFC 9562 section 6.6: the name space of URLs.
        let space = 0x6ba7_b811_9dad_11d1_80b4_00c0_4fd4_30c8_u128.to_be_bytes();
        for kind in Statement::ALL {
            let named = [&space[..], kind.urn().as_bytes()].concat();
            let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &named);
            let mut uuid: [u8; 16] = hash.as_ref()[..16].try_into().expect("20 bytes are more");
            uuid[6] = uuid[6] & 0x0f | 0x50;
            uuid[8] = uuid[8] & 0x3f | 0x80;
            assert_eq!(u128::from_be_bytes(uuid), kind.uuid(), "{}", kind.urn());
        }
    }

    #[test]
    fn an_oid_is_written_as_others_read_it() {
        // 2.25.259330315188651294948960027866078592566, as openssl asn1parse writes it.
        let value = Statement::Decision.oid();
        assert_eq!(value[0], 105);
        let number = value[1..]
            .iter()
            .fold(0u128, |number, octet| number << 7 | u128::from(octet & 0x7f));
        assert_eq!(number, 259_330_315_188_651_294_948_960_027_866_078_592_566);
        assert!(
            value[1..value.len() - 1].iter().all(|o| o & 0x80 != 0) && value[value.len() - 1] & 0x80 == 0
        );
        assert_ne!(value[1], 0x80, "the shortest form (X.690 section 8.19.2)");
    }
}
