//! The fakes against the suite, and the table of what runs where.

use ganh_conformance::fake::{FAKES, Fake, Manner};
use ganh_conformance::{CASES, Fixture, Selected, run};

mod barrow {
    ganh_conformance::conformance!(super::Fake::Online(super::Manner::Barrow));
}

mod arcade {
    ganh_conformance::conformance!(super::Fake::Online(super::Manner::Arcade));
}

mod file {
    ganh_conformance::conformance!(super::Fake::ByFile);
}

#[tokio::test]
async fn every_case_is_selected_somewhere() {
    let mut nowhere = Vec::new();
    let names: Vec<&str> = FAKES.iter().map(|fake| fake.name()).collect();
    println!("{:>2} {:<88} {}", "#", "case", names.join(" "));
    for case in CASES {
        let mut cells = Vec::new();
        for fake in &FAKES {
            let cell = if run(fake, case.name).await == Selected::Yes { "yes" } else { "–" };
            cells.push(format!("{cell:<width$}", width = fake.name().len()));
        }
        println!("{:>2} {:<88} {}", case.number, case.name, cells.join(" "));
        if cells.iter().all(|cell| !cell.starts_with("yes")) {
            nowhere.push(case.name);
        }
    }
    assert!(nowhere.is_empty(), "selected nowhere: {nowhere:?}");
}

#[test]
fn there_are_39_cases_numbered_without_gaps() {
    let numbers: Vec<u8> = CASES.iter().map(|case| case.number).collect();

    assert_eq!(numbers, (1..=39).collect::<Vec<u8>>());
}
