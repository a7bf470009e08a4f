mod loops_support;
use loops_support::*;
#[test]
fn explore() {
    let dir = std::env::var("EXPLORE").unwrap();
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    for f in files {
        if f.extension().is_none_or(|e| e != "clifm") {
            continue;
        }
        let text = std::fs::read_to_string(&f).unwrap();
        println!("=#= {}", f.display());
        let t0 = std::time::Instant::now();
        let r = std::panic::catch_unwind(|| {
            let text = expand("babybear", &text);
            std::fs::write(f.with_extension("clif"), &text).unwrap();
            for func in parse(&text) {
                let mut copy = func.clone();
                print!("{}", pass().analyse(&func));
                println!("  analyse {:?}", t0.elapsed());
                let r = pass().run(&mut copy, &mut zktr_pass::rewrite::Testcase);
                if r.to_string() != pass().analyse(&func).to_string() {
                    print!("!! RUN {r}");
                }
                verify(&copy);
            }
        });
        println!("    [{:?}]", t0.elapsed());
        if let Err(e) = r {
            println!("!! PANIC {:?}", e.downcast_ref::<String>());
        }
    }
}
