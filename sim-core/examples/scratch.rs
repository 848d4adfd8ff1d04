use sim_core::kernel::Observer;
use sim_core::resource::ResourceRef;
use sim_core::units::*;
use sim_core::world::*;
struct Show<'a>(&'a names::Names);
impl Observer<ResourceRef, Happening> for Show<'_> {
    fn record(&mut self, r: &Record) {
        println!(
            "{:>5} {:>5} {} {:?} {}: {:?}",
            r.id.number(),
            r.cause.map_or(0, |c| c.number()),
            r.at,
            r.what.notability(),
            self.0.of(r.subject),
            r.what
        );
    }
}
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let loaded = match sim_core::scenario::load(&text, &path, &sim_core::scenario::shipped_base) {
        Ok(l) => l,
        Err(d) => {
            for d in d {
                println!("{d:?}");
            }
            return;
        }
    };
    let bp = loaded.blueprint;
    let names = bp.names.clone();
    let t = std::time::Instant::now();
    let mut w = World::build(&bp, bp.seed).unwrap();
    let mut show = Show(&names);
    let quiet = std::env::args().nth(2).is_some();
    if quiet {
        w.run_until(SimTime::at(bp.duration), u64::MAX, &mut []);
    } else {
        w.run_until(SimTime::at(bp.duration), u64::MAX, &mut [&mut show]);
    }
    println!(
        "{} events {} records {} hash {} {:?}",
        w.now(),
        w.n_events(),
        w.trace().n_written(),
        w.trace_hash(),
        t.elapsed()
    );
    println!("{:?}", w.activity());
    for e in w.expectations() {
        println!("{e:?}");
    }
    println!(
        "{}",
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .filter(|l| l.starts_with("VmHWM"))
            .collect::<String>()
    );
}
