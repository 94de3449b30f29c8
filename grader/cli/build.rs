//! Rebuilds the program when a file that it embeds appears or goes away; the compiler itself tracks only their contents.

fn main() {
    for folder in
        ["../../katas", "../ports", "../sdk", "../sdk-macros", "../../Cargo.toml", "../../Cargo.lock"]
    {
        println!("cargo::rerun-if-changed={folder}");
    }
}
