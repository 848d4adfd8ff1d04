//! One frame of the topology window's map, of a lab with many things and links in it.

use anyhow::ensure;
use egui::{CentralPanel, Event, Frame, Key, Modifiers, RawInput, Rect, Vec2};
use gui::canvas::{Canvas, Layout};
use gui::theme;
use gui::topology::{ContainerKind, Health, NodeKind, Place, Topology};
use serde_json::json;

use crate::measure::{Clock, Report, Spread, Unit};

/// The window, in points.
pub(crate) const SCREEN: Vec2 = Vec2::new(1600.0, 1000.0);
/// Hosts of a site.
const HOSTS: u32 = 4;
/// Sites of a Region.
const SITES: u32 = 40;
/// How often everything is laid out anew.
const LAYOUTS: usize = 5;

/// Sites with a router each, which has a line to two carriers, and two tunnels and a circuit to its Region: three links to
/// two things.
fn lab(nodes: u32) -> Topology {
    let mut topology = Topology::new("wide");
    let carriers =
        ["carrier-a", "carrier-b"].map(|name| topology.add_node(None, NodeKind::Carrier, name, ""));
    // A site, its router, two ends of tunnels and two hosts in the cloud.
    let n_sites = nodes / (HOSTS + 5);
    let cloud = topology.add_container(None, ContainerKind::Cloud, "", "");
    let mut site = 0;
    for region in 0..n_sites.div_ceil(SITES) {
        let region =
            topology.add_container(Some(cloud), ContainerKind::Region, format!("region-{region}"), "");
        let gateway = topology.add_node(Some(region), NodeKind::TransitGateway, "tgw", "AS 64512");
        for _ in 0..SITES.min(n_sites - site) {
            let name = format!("site-{site}");
            let home = topology.add_container(None, ContainerKind::Site, &name, "");
            let lan = topology.add_container(
                Some(home),
                ContainerKind::Segment,
                format!("lan-{site}"),
                "10.1.0.0/24",
            );
            for host in 0..HOSTS {
                let host =
                    topology.add_node(Some(lan), NodeKind::Host, format!("h-{site}-{host}"), "10.1.0.10");
                if let Some(node) = topology.node_mut(host) {
                    node.health = Health::Good;
                }
            }
            let router = topology.add_node(Some(home), NodeKind::Router, format!("r-{site}"), "192.0.2.1");
            for link in 0..4 {
                topology.add_link(
                    [Place::Node(router), Place::Container(lan)],
                    "port",
                    format!("port-{site}-{link}"),
                );
            }
            for carrier in carriers {
                topology.add_link(
                    [Place::Node(router), Place::Node(carrier)],
                    "line",
                    format!("isp-{site}"),
                );
            }
            for (tunnel, carrier) in carriers.into_iter().enumerate() {
                let name = format!("vpn-{site}/{tunnel}");
                let end = topology.add_node(Some(region), NodeKind::TunnelEndpoint, &name, "169.254.10.1");
                topology.add_link(
                    [Place::Node(router), Place::Node(end)],
                    "tunnel",
                    format!("tunnel-{site}-{tunnel}"),
                );
                topology.add_link(
                    [Place::Node(end), Place::Node(carrier)],
                    "uplink",
                    format!("{name} uplink"),
                );
                topology.add_link([Place::Node(gateway), Place::Node(end)], "attachment", name);
            }
            let vpc = topology.add_container(
                Some(region),
                ContainerKind::Vpc,
                format!("vpc-{site}"),
                "10.2.0.0/16",
            );
            let subnet = topology.add_container(Some(vpc), ContainerKind::Subnet, "servers", "10.2.1.0/24");
            for host in 0..2 {
                topology.add_node(
                    Some(subnet),
                    NodeKind::Host,
                    format!("app-{site}-{host}"),
                    "10.2.1.10",
                );
            }
            topology.add_link(
                [Place::Node(gateway), Place::Container(vpc)],
                "attachment",
                format!("vpc-{site}"),
            );
            topology.add_link(
                [Place::Node(router), Place::Node(gateway)],
                "circuit",
                format!("dx-{site}"),
            );
            site += 1;
        }
    }
    topology
}

pub(crate) fn run(nodes: u32, reps: u32, clock: Clock) -> anyhow::Result<Report> {
    let topology = lab(nodes);
    let mut layouts = Vec::new();
    let mut layout = Layout::of(&topology);
    for _ in 0..LAYOUTS {
        let (made, time) = clock.time(|| Layout::of(&topology));
        ensure!(made == layout, "two layouts of one lab differ");
        layouts.push(time.as_secs_f64());
    }
    // A thing more: everything is laid out as it is when a lab changes.
    let mut grown = topology.clone();
    let first = grown
        .numbered_containers()
        .find(|(_, it)| it.kind == ContainerKind::Segment);
    let within = first.map(|(id, _)| id);
    grown.add_node(within, NodeKind::Host, "new", "10.1.0.99");
    let mut relayouts = Vec::new();
    for _ in 0..LAYOUTS {
        let (made, time) = clock.time(|| Layout::of(&grown));
        layout = made;
        relayouts.push(time.as_secs_f64());
    }
    let (n_nodes, n_links) = (grown.nodes().len(), grown.links().len());
    let context = egui::Context::default();
    theme::setup(&context);
    let mut canvas = Canvas::default();
    let mut selected = None;
    let mut frame = |key: Option<Key>| {
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, SCREEN)),
            ..RawInput::default()
        };
        input.events.extend(key.map(|key| Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        }));
        let mut output = context.run_ui(input, |ui| {
            CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
                canvas.ui(ui, &grown, &mut layout, &mut selected);
            });
        });
        output.textures_delta.clear();
        context.tessellate(output.shapes, output.pixels_per_point).len()
    };
    let mut seconds = Vec::new();
    // From everything at once down to a few things with all their words.
    for zoom in 0..24 {
        frame((zoom > 0).then_some(Key::Plus));
        frame(None);
        for _ in 0..reps.div_ceil(24) {
            let (n, time) = clock.time(|| frame(None));
            ensure!(n > 0, "nothing was drawn");
            seconds.push(time.as_secs_f64());
        }
    }
    seconds.sort_unstable_by(f64::total_cmp);
    // The value that 99 of 100 do not exceed.
    let p99 = seconds[(seconds.len() * 99).div_ceil(100) - 1];
    let spread = Spread::of(seconds)?;
    let window = crate::desktop::frames(nodes, reps, clock)?;
    let params =
        json!({"ui": "gui", "nodes": n_nodes, "links": n_links, "width": SCREEN.x, "height": SCREEN.y});
    Report::new("frame", params, spread, Unit::Seconds)?
        .with("median_ms", spread.median * 1e3)?
        .with("p99_ms", p99 * 1e3)?
        .with("layout_s", Spread::of(layouts)?.median)?
        .with("relayout_ms", Spread::of(relayouts)?.median * 1e3)?
        .with("window_nodes", window.nodes)?
        .with("window_links", window.links)?
        .with("window_median_ms", window.median_ms()?)?
        .with("window_p99_ms", window.p99_ms())?
        .with("window_slowest_pane", window.slowest.0.to_string())?
        .with("window_slowest_pane_ms", window.slowest.1)
}
