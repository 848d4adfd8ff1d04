//! Two isolated VPCs in two Regions, joined by a peering: the smallest picture that has everything.

use gui::topology::{ContainerKind, Health, LinkId, NodeId, NodeKind, Place, Topology};

pub(crate) struct Picture {
    pub(crate) topology: Topology,
    pub(crate) web: NodeId,
    pub(crate) peering: LinkId,
}

pub(crate) fn two_regions() -> Picture {
    use ContainerKind::{Region, Subnet, Vpc};
    let mut t = Topology::new("Region to Region");

    let singapore = t.add_container(None, Region, "ap-southeast-1", "Singapore");
    let source = t.add_container(Some(singapore), Vpc, "source", "192.168.0.0/16");
    let servers = t.add_container(Some(source), Subnet, "servers", "192.168.1.0/24");
    let web = t.add_node(Some(servers), NodeKind::Host, "web-1", "192.168.1.10");
    let admin = t.add_container(Some(singapore), Vpc, "admin", "172.16.0.0/16");
    let bastions = t.add_container(Some(admin), Subnet, "bastions", "172.16.1.0/24");
    let bastion = t.add_node(Some(bastions), NodeKind::Host, "bastion", "172.16.1.5");

    let mumbai = t.add_container(None, Region, "ap-south-1", "Mumbai");
    let target = t.add_container(Some(mumbai), Vpc, "target", "10.0.0.0/16");
    let staging = t.add_container(Some(target), Subnet, "staging", "10.0.1.0/24");
    let replication = t.add_node(
        Some(staging),
        NodeKind::ReplicationServer,
        "replication-1",
        "10.0.1.44",
    );
    for (name, note) in [
        ("vpce-mgn", "10.0.1.20"),
        ("vpce-ec2", "10.0.1.21"),
        ("vpce-s3", "10.0.1.22"),
    ] {
        let endpoint = t.add_node(Some(staging), NodeKind::Endpoint, name, note);
        t.node_mut(endpoint).expect("just added").health = Health::Good;
    }
    t.add_node(
        Some(target),
        NodeKind::Gateway,
        "vpce-s3-gateway",
        "com.amazonaws.ap-south-1.s3",
    );
    t.add_node(Some(target), NodeKind::Resolver, "resolver", "10.0.0.2");
    t.add_container(Some(target), Subnet, "private", "10.0.2.0/24");

    let peering = t.add_link(
        [Place::Container(source), Place::Container(target)],
        "VPC peering connection",
        "pcx-target",
    );
    t.add_link(
        [Place::Container(admin), Place::Container(source)],
        "VPC peering connection",
        "pcx-admin",
    );
    let link = t.link_mut(peering).expect("just added");
    link.health = Health::Good;
    link.note = "420Mbps".to_owned();
    let node = t.node_mut(web).expect("just added");
    node.health = Health::Degraded;
    t.node_mut(replication).expect("just added").health = Health::Good;
    t.node_mut(bastion).expect("just added").health = Health::Failed;
    Picture {
        topology: t,
        web,
        peering,
    }
}
