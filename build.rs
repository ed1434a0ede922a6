//! Builds the service again when the pages were built.

fn main() {
    // Cargo takes a path that is not there for one that has changed, always: without the folder
    // every build would compile the crate anew. It is ignored by git, and may be read-only.
    let _ = std::fs::create_dir_all("playground/dist");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=playground/dist");
}
