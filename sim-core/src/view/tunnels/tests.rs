use super::*;
use crate::kernel::Keep;
use crate::lab::Session;
use crate::scenario::{load, parse_change, parse_failure, shipped_base};

/// A shipped lab that ran so far, with failures in the short form.
fn ran(name: &str, until: Span, failures: &[&str]) -> Session {
    let text = shipped_base(name).expect("a shipped lab");
    let loaded = load(&text, name, &shipped_base).expect("a shipped lab is right");
    let levers = failures
        .iter()
        .flat_map(|text| parse_failure(text, &loaded.blueprint).expect("it can be read"));
    let levers: Vec<_> = levers.collect();
    let mut session = Session::open(loaded.blueprint, None, Keep::All).expect("it opens");
    for (at, lever) in levers {
        session.advance(at, u64::MAX);
        session.apply(lever).expect("it fits");
    }
    session.advance(SimTime::at(until), u64::MAX);
    session
}

fn first(session: &Session) -> Tunnel {
    View::of(session).tunnels().into_iter().next().expect("a tunnel")
}

#[test]
fn a_tunnel_that_is_up_tells_of_both_phases() {
    let session = ran("ipsec-bgp", Span::minutes(5), &[]);
    let row = first(&session);
    let said = (row.name.as_str(), row.peer.as_str(), row.state, row.health);
    assert_eq!(said, ("cgw-1/vpn-1", "tgw", TunnelState::Up, Health::Good));
    assert_eq!(
        (row.phase1, row.phase2),
        (PhaseState::Established, PhaseState::Established)
    );
    assert_eq!(
        row.phase2_algorithms.as_deref(),
        Some("AES_CBC_256/HMAC_SHA2_256_128")
    );
    assert!(row.phase1_rekey_in > row.phase2_rekey_in && row.phase2_rekey_in > Some(Span::minutes(40)));
    let view = View::of(&session);
    let told = format!("{:?}", view.inspect(row.id.into()).sections);
    for part in [
        "Phase 1 (IKE SA)",
        "Phase 2 (CHILD_SA)",
        "MODP_2048",
        "169.254.10.2/30",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let link = view
        .topology()
        .links
        .into_iter()
        .find(|link| link.id == row.id.into());
    assert_eq!(link.map(|link| link.delay), Some(Span::millis(15)));
    let names = |row: crate::view::LogRow| row.what.starts_with("with tgw: IKE SA 1 established");
    assert!(view.log_after(None).any(names));
}

/// What each broken variant says at the two ends, without the instants.
#[test]
fn a_tunnel_that_does_not_come_up_says_what_each_side_offered() {
    let told = |lab: &str| {
        let session = ran(lab, Span::minutes(80), &[]);
        let rows = View::of(&session).tunnels();
        let said = rows.into_iter().map(|row| (row.reason, row.detail, row.fix));
        said.map(|(reason, detail, fix)| {
            let reason = reason.map(Reason::code).unwrap_or_default();
            (reason, detail.unwrap_or_default(), fix.unwrap_or_default())
        })
        .collect::<Vec<_>>()
    };
    assert!(told("ipsec-bgp").iter().all(|(reason, ..)| reason.is_empty()));
    for (lab, reason, part, cure) in [
        (
            "ipsec-wrong-key",
            "IKE_AUTHENTICATION_FAILED",
            "the proof of 198.51.100.1 does not fit",
            "set the same key in ",
        ),
        (
            "ipsec-proposal-mismatch",
            "IKE_NO_PROPOSAL_CHOSEN",
            "DH group: we accept MODP_2048, the peer offers MODP_1024",
            "let ike of tgw/vpn-1 have modp1024, or ike of cgw-1/vpn-1 have modp2048",
        ),
        (
            "ipsec-pfs-mismatch",
            "IKE_NO_PROPOSAL_CHOSEN",
            "DH group: we accept MODP_2048, the peer offers MODP_3072",
            "let esp of tgw/vpn-1 have modp3072, or esp of cgw-1/vpn-1 have modp2048",
        ),
        (
            "ipsec-certificate-expired",
            "IKE_CERTIFICATE_EXPIRED",
            "the certificate of CN=cgw-1.example.org is not believed: expired at 00:30:00.000",
            "renew the certificate: configure_tunnel(\"cgw-1/vpn-1\", (certificate: (subject: \
             \"CN=cgw-1.example.org\", issuer: \"CN=Example CA\"))), then tunnel(\"cgw-1/vpn-1\", up)",
        ),
        (
            "ipsec-certificate-untrusted",
            "IKE_CERTIFICATE_UNTRUSTED",
            "issued by CN=Old CA, which is not trusted here",
            "add \"CN=Old CA\" to trusts of tgw/vpn-1, or let cgw-1/vpn-1 have a certificate issued by \"CN=Example CA\"",
        ),
        (
            "ipsec-certificate-identity",
            "IKE_IDENTITY_MISMATCH",
            "the peer is CN=cgw-1.example.com, expected CN=cgw-1.example.org",
            "let remote_id of tgw/vpn-1 be \"CN=cgw-1.example.com\", or let cgw-1/vpn-1 have a certificate for \
             \"CN=cgw-1.example.org\"",
        ),
        (
            "ipsec-no-route-to-peer",
            "NO_ROUTE_TO_DESTINATION",
            "router cgw-1: no route matches",
            "give cgw-1 a route towards the other gateway's outer address",
        ),
    ] {
        let ends = told(lab);
        assert_eq!(ends.len(), 2);
        for (code, detail, fix) in ends {
            assert_eq!(code, reason, "{lab}: {detail}");
            assert!(detail.contains(part), "{lab}: {detail}");
            assert!(fix.contains(cure), "{lab}: {fix}");
        }
    }
}

#[test]
fn different_groups_show_at_the_first_rekey_and_not_before() {
    let row = first(&ran("ipsec-pfs-mismatch", Span::minutes(50), &[]));
    assert_eq!(
        (row.state, row.health, row.reason),
        (TunnelState::Up, Health::Good, None)
    );
    let row = first(&ran("ipsec-pfs-mismatch", Span::minutes(59), &[]));
    assert_eq!((row.state, row.health), (TunnelState::Up, Health::Degraded));
    assert_eq!(row.reason, Some(Reason::IkeNoProposal));
    let row = first(&ran("ipsec-pfs-mismatch", Span::minutes(61), &[]));
    assert_eq!((row.state, row.health), (TunnelState::Down, Health::Failed));
    assert_eq!(row.phase1, PhaseState::Established, "phase 1 does not suffer");
}

#[test]
fn a_tunnel_is_reset_closed_and_given_new_keys() {
    let until = Span::minutes(12);
    let row = first(&ran("ipsec-bgp", until, &["10m:tunnel cgw-1/vpn-1 reset"]));
    assert_eq!(row.state, TunnelState::Up);
    assert!(row.since > SimTime::at(Span::minutes(10)), "{row:?}");
    let row = first(&ran("ipsec-bgp", until, &["10m:tunnel cgw-1/vpn-1 rekey"]));
    assert!(
        row.since < SimTime::at(Span::secs(1)),
        "new keys interrupt nothing: {row:?}"
    );
    assert!(row.phase2_rekey_in > Some(Span::minutes(45)), "{row:?}");
    let row = first(&ran("ipsec-bgp", until, &["10m:tunnel cgw-1/vpn-1 down"]));
    assert_eq!((row.state, row.phase1), (TunnelState::Down, PhaseState::Down));
    assert_eq!(row.fix.as_deref(), Some("tunnel(\"cgw-1/vpn-1\", up)"));
    let row = first(&ran("ipsec-bgp", until, &["10m:tunnel cgw-1/vpn-1 down for 1m"]));
    assert_eq!(row.state, TunnelState::Up);
}

/// What the inspector says of a tunnel under a heading, a line for each fact.
fn inspected(session: &Session, tunnel: &Tunnel, heading: &str) -> Vec<String> {
    let sections = View::of(session).inspect(tunnel.id.into()).sections;
    let section = sections.into_iter().find(|section| section.title == heading);
    let facts = section.into_iter().flat_map(|section| section.facts);
    let line = |fact: crate::view::Fact| {
        let health = fact.health.map_or("", Health::as_str);
        format!("{}: {} {health}", fact.label, fact.value)
            .trim_end()
            .to_owned()
    };
    facts.map(line).collect()
}

#[test]
fn a_tunnel_tells_of_its_certificate_and_what_was_not_believed_of_it() {
    let session = ran("ipsec-certificate-expired", Span::minutes(20), &[]);
    let row = first(&session);
    assert_eq!(row.authentication, Proof::Certificate);
    assert_eq!(row.certificate_until, Some(SimTime::at(Span::minutes(30))));
    assert_eq!(row.udp_encapsulation, Some(true));
    assert!(row.reauthentication_in > Some(Span::minutes(35)), "{row:?}");
    let told = inspected(&session, &row, "Configured").join("\n");
    for part in [
        "authentication: certificate",
        "issued by: CN=Example CA",
        "holds: until 00:30:00.000",
        "proves itself anew: after 1h",
        "ESP in UDP: always",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let told = inspected(&session, &row, "Phase 1 (IKE SA)").join("\n");
    assert!(told.contains("ESP goes: in UDP, port 4500"), "{told}");
    assert!(told.contains("proved anew in: "), "{told}");
    // Once it has ended nothing is wrong with the tunnel yet, but something will be.
    let session = ran("ipsec-certificate-expired", Span::minutes(40), &[]);
    let row = first(&session);
    assert_eq!((row.state, row.health), (TunnelState::Up, Health::Good));
    let told = inspected(&session, &row, "Configured");
    let line = "holds: until 00:30:00.000, and so not now degraded".to_owned();
    assert!(told.contains(&line), "{told:?}");
    // The end that refuses has what it refused, field by field.
    let session = ran("ipsec-certificate-expired", Span::minutes(60), &[]);
    let far = View::of(&session).tunnels().pop().expect("the other end");
    let told = inspected(&session, &far, "Last failure");
    assert_eq!(
        told,
        [
            "at: 00:58:03.291 degraded",
            "certificate for: CN=cgw-1.example.org; the peer says it is CN=cgw-1.example.org good",
            "issued by: CN=Example CA; trusted here: CN=Example CA good",
            "signed: by the issuer's key good",
            "holds: until 00:30:00.000; checked at 00:58:03.291 failed",
        ]
    );
}

/// What the customer gateway says after five minutes of the lab with certificates, with something laid over it.
fn said_with(routers: &str) -> (Option<Reason>, String, String) {
    let text = format!(
        "Lab(schema: 1, base: \"ipsec-certificates\", name: \"over\", title: \"Over\", routers: {{{routers}}})"
    );
    let loaded = load(&text, "over.ron", &shipped_base).expect("it is right");
    let mut session = Session::open(loaded.blueprint, None, Keep::Nothing).expect("it opens");
    session.advance(SimTime::at(Span::minutes(5)), u64::MAX);
    let row = first(&session);
    (
        row.reason,
        row.detail.unwrap_or_default(),
        row.fix.unwrap_or_default(),
    )
}

#[test]
fn whatever_is_not_believed_is_told_with_what_to_change() {
    let cgw = |terms: &str| said_with(&format!("\"cgw-1\": (tunnels: {{\"vpn-1\": ({terms})}})"));
    let tgw = |terms: &str| said_with(&format!("\"tgw\": (tunnels: {{\"vpn-1\": ({terms})}})"));
    let check = |said: (Option<Reason>, String, String), reason, detail: &str, fix: &str| {
        assert_eq!(said.0, Some(reason), "{said:?}");
        assert!(said.1.contains(detail), "{said:?}");
        assert_eq!(said.2, fix);
    };
    check(
        cgw("certificate: (private_key: other)"),
        Reason::IkeAuthentication,
        "the signature of CN=cgw-1.example.org does not fit its certificate",
        "give cgw-1/vpn-1 the private key that its certificate was issued for",
    );
    check(
        tgw("certificate: (signature: invalid)"),
        Reason::IkeCertificateUntrusted,
        "not signed by the key that is known here as that of CN=Example CA",
        "let tgw/vpn-1 have a certificate that is signed by the key that cgw-1/vpn-1 knows as that of \"CN=Example CA\"",
    );
    check(
        tgw("certificate: (not_before: \"10m\")"),
        Reason::IkeCertificateNotYetValid,
        "not valid before 00:10:00.000",
        "wait until 00:10:00.000, or renew the certificate: configure_tunnel(\"tgw/vpn-1\", (certificate: (subject: \
         \"CN=vpn-1.tgw.example.org\", issuer: \"CN=Example CA\"))), then tunnel(\"tgw/vpn-1\", up)",
    );
    check(
        cgw("local_id: \"cgw-1.example.org\""),
        Reason::IkeIdentity,
        "the peer is cgw-1.example.org, expected CN=cgw-1.example.org",
        "let remote_id of tgw/vpn-1 be \"cgw-1.example.org\", or let cgw-1/vpn-1 say by local_id that it is \
         \"CN=cgw-1.example.org\"",
    );
    check(
        said_with(
            "\"cgw-1\": (tunnels: {\"vpn-1\": (local_id: \"cgw-1.example.org\")}),
             \"tgw\": (tunnels: {\"vpn-1\": (remote_id: None)})",
        ),
        Reason::IkeIdentity,
        "issued to CN=cgw-1.example.org, not to cgw-1.example.org",
        "let local_id of cgw-1/vpn-1 be \"CN=cgw-1.example.org\", or let it have a certificate for \"cgw-1.example.org\"",
    );
    check(
        tgw("local_id: \"vpn.example.org\", certificate: (names: [\"vpn.example.org\"])"),
        Reason::IkeIdentity,
        "no connection here is CN=vpn-1.tgw.example.org and expects CN=cgw-1.example.org",
        "let remote_id of cgw-1/vpn-1 be \"vpn.example.org\", or local_id of tgw/vpn-1 be \"CN=vpn-1.tgw.example.org\"",
    );
    // Two things at once are two things to do.
    let (_, _, fix) =
        cgw("certificate: (issuer: \"CN=Old CA\", not_after: \"0s\", trusts: [\"CN=Example CA\"])");
    let (trust, renewal) = fix.split_once("; ").expect("two of them");
    assert!(
        trust.starts_with("add \"CN=Old CA\" to trusts of tgw/vpn-1"),
        "{fix}"
    );
    assert!(renewal.starts_with("renew the certificate: "), "{fix}");
}

#[test]
fn what_is_proposed_for_a_certificate_that_ended_cures_it() {
    let lab = "ipsec-certificate-expired";
    let fix = first(&ran(lab, Span::minutes(60), &[])).fix.expect("a fix");
    let changes = fix.strip_prefix("renew the certificate: ").expect("changes");
    let (renewal, up) = changes.split_once(", then ").expect("two of them");
    let (renewal, up) = (format!("61m:change {renewal}"), format!("62m:change {up}"));
    // Renewed, it only has to be tried again.
    let row = first(&ran(lab, Span::minutes(62), &[&renewal]));
    assert_eq!(row.state, TunnelState::Down);
    assert_eq!(
        row.fix.as_deref(),
        Some("tunnel(\"tgw/vpn-1\", up), now that both agree")
    );
    let row = first(&ran(lab, Span::minutes(63), &[&renewal, &up]));
    assert_eq!((row.state, row.reason), (TunnelState::Up, None));
}

#[test]
fn a_tunnel_is_configured_otherwise_while_it_is_up() {
    let change = |what: &str| format!("10m:change configure_tunnel(\"cgw-1/vpn-1\", ({what}))");
    let run = |changes: &[&str], until| {
        let changes: Vec<_> = changes.iter().map(|what| change(what)).collect();
        let changes: Vec<_> = changes.iter().map(String::as_str).collect();
        ran("ipsec-bgp", Span::minutes(until), &changes)
    };
    // Another key counts from the next authentication on, which there is none of in three hours.
    let row = first(&run(&[r#"key: "another.horse""#], 170));
    assert_eq!((row.state, row.reason), (TunnelState::Up, None));
    let session = ran(
        "ipsec-bgp",
        Span::minutes(13),
        &[&change(r#"key: "another.horse""#), "11m:tunnel cgw-1/vpn-1 reset"],
    );
    let row = first(&session);
    assert_eq!(row.reason, Some(Reason::IkeAuthentication));
    assert_eq!(
        row.fix.as_deref(),
        Some("set the same key in tgw/vpn-1 and cgw-1/vpn-1")
    );
    // A key at one end and a certificate at the other.
    let certificate = change(r#"certificate: (subject: "CN=cgw-1", issuer: "CN=Example CA")"#);
    let session = ran(
        "ipsec-bgp",
        Span::minutes(13),
        &[&certificate, "11m:tunnel cgw-1/vpn-1 reset"],
    );
    let row = first(&session);
    assert_eq!(row.authentication, Proof::Certificate);
    let detail = row.detail.unwrap_or_default();
    assert!(
        detail.contains("than the pre-shared key that is expected here"),
        "{detail}"
    );
    assert_eq!(
        row.fix.as_deref(),
        Some(
            "let tgw/vpn-1 and cgw-1/vpn-1 both have a key, or both a certificate; tgw/vpn-1 has a pre-shared key"
        )
    );
    // Other proposals count at the next rekey, shorter lives for what is made then.
    let row = first(&run(&[r#"esp: ["aes128gcm16-modp2048"]"#], 58));
    assert_eq!(row.reason, Some(Reason::IkeNoProposal));
    let row = first(&run(&[r#"lifetimes: ("8h", "10m"), margin: "1m""#], 57));
    assert!(row.phase2_rekey_in < Some(Span::minutes(9)), "{row:?}");
    // What does not go together is refused, and changes nothing.
    let loaded = load(
        &shipped_base("ipsec-bgp").expect("it ships"),
        "ipsec-bgp",
        &shipped_base,
    );
    let lab = loaded.expect("it is right").blueprint;
    let text = r#"configure_tunnel("cgw-1/vpn-1", (margin: "40m"))"#;
    let lever = parse_change(text, &lab).expect("it can be read");
    let mut session = Session::open(lab, None, Keep::All).expect("it opens");
    let refused = session.apply(lever).expect_err("it would be replaced at once");
    assert!(
        refused
            .to_string()
            .contains("could be replaced before they are used"),
        "{refused}"
    );
}

#[test]
fn a_session_says_how_the_bfd_beside_it_is() {
    let session = ran("bgp-bfd", Span::minutes(5), &[]);
    let said: Vec<_> = View::of(&session)
        .bgp_sessions()
        .into_iter()
        .map(|row| row.bfd)
        .collect();
    assert_eq!(said, [Some("Up".to_owned()), None, Some("Up".to_owned()), None]);
}
