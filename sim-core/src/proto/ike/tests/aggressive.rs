//! IKEv1's aggressive mode, where the first message says everything before anything is agreed on.

use super::pair::{LEFT, Pair, RIGHT, connection};
use crate::proto::ike::config::{Authentication, Connection, Phase1Mode, Versions};
use crate::proto::ike::identity::Identity;
use crate::proto::ike::proposal::{Proposal, Protocol};

fn aggressive(edit: impl Fn(&mut Connection, &mut Connection)) -> Pair {
    let (mut left, mut right) = (connection(LEFT, RIGHT), connection(RIGHT, LEFT));
    for side in [&mut left, &mut right] {
        side.versions = Versions::V1;
        side.phase1 = Phase1Mode::Aggressive;
    }
    edit(&mut left, &mut right);
    let mut pair = Pair::new(left, right);
    pair.initiate();
    pair
}

fn proposals(texts: &[&str]) -> Vec<Proposal> {
    let parse = |text: &&str| Proposal::parse(Protocol::Ike, text).expect("a proposal");
    texts.iter().map(parse).collect()
}

/// The public value is of the first proposal's group, so that no other proposal can be used.
#[test]
fn only_the_first_group_can_be_used() {
    for (first, is_up) in [
        ("aes256-sha256-modp2048", true),
        ("aes256-sha256-modp4096", false),
    ] {
        let pair = aggressive(|left, right| {
            left.ike = proposals(&[first, "aes256-sha256-modp2048"]);
            right.ike = proposals(&["aes256-sha256-modp2048"]);
        });
        assert_eq!(pair.n_children(), usize::from(is_up), "{:?}", pair.told);
        if !is_up {
            pair.check_told("right: the proposal with DH group MODP_2048 was chosen");
            // strongSwan: INVALID-PAYLOAD-TYPE, which has the number of IKEv2's UNSUPPORTED_CRITICAL_PAYLOAD.
            pair.check_told("left: received UNSUPPORTED_CRITICAL_PAYLOAD in INFORMATIONAL");
        }
    }
}

/// The initiator looks at the responder's identity before it has keys, and says so in the clear.
#[test]
fn a_responder_that_is_somebody_else_is_told_so_in_the_clear() {
    let pair = aggressive(|left, right| {
        left.remote_id = Identity::parse("vgw.example");
        right.local_id = Some(Identity::parse("other.example"));
    });
    pair.check_told("left: authentication failed: the peer is other.example, expected vgw.example");
    pair.check_told("right: received INVALID_ID_INFORMATION in INFORMATIONAL");
    assert_eq!(pair.n_children(), 0);
}

/// A wrong key is found once there are keys.
#[test]
fn a_wrong_key_is_refused_by_the_initiator() {
    let pair = aggressive(|_, right| {
        right.authentication = Authentication::SharedKey("other".into());
    });
    pair.check_told("left: authentication failed: ");
    assert!(
        pair.told
            .iter()
            .all(|line| !line.contains("INVALID_ID_INFORMATION"))
    );
    assert_eq!(pair.n_children(), 0);
}
