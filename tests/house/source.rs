//! Reads the sources of the package: which paths, macros and words a file names, with and without what is for tests only.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

pub struct Finding {
    pub file: String,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

pub struct House {
    pub files: Vec<Source>,
}

impl House {
    /// All sources of this package.
    pub fn read() -> House {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths = vec![];
        for folder in ["src", "tests"] {
            find_sources(&package.join(folder), &mut paths);
        }
        paths.sort();
        let texts = paths.iter().map(|path| {
            let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let file = path
                .strip_prefix(package)
                .expect("found below it")
                .to_str()
                .expect("a UTF-8 name");
            (file.to_owned(), text)
        });
        House::of(texts)
    }

    /// The house that these files make, each a path below the package and its text.
    pub fn of(texts: impl IntoIterator<Item = (String, String)>) -> House {
        let mut files: Vec<Source> = texts
            .into_iter()
            .map(|(file, text)| Source::read(file, text))
            .collect();
        let for_tests: Vec<String> = files.iter().flat_map(Source::files_for_tests).collect();
        for file in &mut files {
            let declared =
                |t: &String| *t == file.file || (t.ends_with('/') && file.file.starts_with(t.as_str()));
            if file.file.starts_with("tests/") || for_tests.iter().any(declared) {
                file.code = Code::default();
            }
        }
        House { files }
    }

    /// The modules directly inside a room.
    pub fn modules_of(&self, room: &str) -> BTreeSet<&str> {
        self.files
            .iter()
            .filter_map(|file| match file.module.as_slice() {
                [first, below, ..] if first == room => Some(below.as_str()),
                _ => None,
            })
            .collect()
    }
}

pub struct Source {
    /// The path below the package.
    pub file: String,
    /// Where the file stands in the module tree; empty for the root and for `main.rs`.
    pub module: Vec<String>,
    pub text: String,
    /// What the file names outside of what is compiled for tests only.
    pub code: Code,
    /// All that it names.
    pub whole: Code,
}

impl Source {
    fn read(file: String, text: String) -> Source {
        let module = module_of(&file);
        let tokens: TokenStream = text.parse().unwrap_or_else(|e| panic!("{file} is not Rust: {e}"));
        let (mut code, mut whole) = (Code::default(), Code::default());
        code.walk(tokens.clone(), &module, &With::CodeOnly);
        whole.walk(tokens, &module, &With::Tests);
        Source {
            file,
            module,
            text,
            code,
            whole,
        }
    }

    pub fn room(&self) -> &str {
        match self.module.first() {
            Some(room) => room,
            None => Path::new(&self.file)
                .file_stem()
                .and_then(|s| s.to_str())
                .unwrap_or_default(),
        }
    }

    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }

    pub fn finding(&self, line: usize, what: String) -> Finding {
        Finding {
            file: self.file.clone(),
            line,
            what,
        }
    }

    /// The files that this one declares as modules for tests; a folder ends with a slash.
    fn files_for_tests(&self) -> Vec<String> {
        let folder = self.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let files_of = |(module, path): &(Vec<String>, Option<String>)| match path {
            Some(path) => vec![format!("{folder}/{path}")],
            None => vec![
                format!("src/{}.rs", module.join("/")),
                format!("src/{}/", module.join("/")),
            ],
        };
        self.whole.test_modules.iter().flat_map(files_of).collect()
    }
}

/// `src/journey/intake/mod.rs` is `journey::intake`.
fn module_of(file: &str) -> Vec<String> {
    let path = file.strip_prefix("src/").unwrap_or(file).trim_end_matches(".rs");
    let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

/// A path as the code names it; `own` paths begin at the root of this crate.
#[derive(Clone)]
pub struct Named {
    pub path: Vec<String>,
    pub line: usize,
}

impl Named {
    pub fn begins_with(&self, path: &str) -> bool {
        let mut mine = self.path.iter();
        path.split("::")
            .all(|part| mine.next().is_some_and(|own| own == part))
    }

    pub fn ends_with(&self, path: &str) -> bool {
        let mut mine = self.path.iter().rev();
        path.rsplit("::")
            .all(|part| mine.next().is_some_and(|own| own == part))
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path.join("::"))
    }
}

#[derive(PartialEq)]
enum With {
    Tests,
    CodeOnly,
}

/// What a file names.
#[derive(Default)]
pub struct Code {
    pub own: Vec<Named>,
    pub foreign: Vec<Named>,
    pub macros: Vec<(String, usize)>,
    pub unsafety: Vec<usize>,
    /// Files declared as modules behind `#[cfg(test)]`: the module's name, and its path where one is given.
    test_modules: Vec<(Vec<String>, Option<String>)>,
}

impl Code {
    fn walk(&mut self, stream: TokenStream, module: &[String], with: &With) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut rest = tokens.as_slice();
        while !rest.is_empty() {
            rest = self.step(rest, module, with);
        }
    }

    /// Takes one attribute, path or token, and returns what follows it.
    fn step<'t>(&mut self, tokens: &'t [TokenTree], module: &[String], with: &With) -> &'t [TokenTree] {
        if let (attributes, item) = attributes(tokens)
            && !attributes.is_empty()
        {
            if attributes.iter().any(is_for_tests) {
                if let Some(name) = declared_module(item) {
                    let path = attributes.iter().find_map(path_attribute);
                    self.test_modules.push(([module, &[name]].concat(), path));
                }
                if *with == With::CodeOnly {
                    return after_item(item);
                }
            }
            for attribute in attributes.iter().filter(|a| !is_doc(a)) {
                self.walk(unquoted(attribute), module, with);
            }
            return item;
        }
        match tokens {
            [
                TokenTree::Ident(word),
                TokenTree::Ident(name),
                TokenTree::Group(body),
                rest @ ..,
            ] if word == "mod" && body.delimiter() == Delimiter::Brace => {
                self.walk(body.stream(), &[module, &[name.to_string()]].concat(), with);
                rest
            }
            [TokenTree::Ident(first), rest @ ..] => {
                if first == "unsafe" {
                    self.unsafety.push(first.span().start().line);
                }
                let (paths, rest) = path_from(&[first.to_string()], first.span().start().line, rest);
                for named in paths {
                    if is_called_as_macro(rest) {
                        let name = named.path.last().expect("a path has a name").clone();
                        self.macros.push((name, named.line));
                    }
                    self.take(named, module);
                }
                rest
            }
            [TokenTree::Group(group), rest @ ..] => {
                self.walk(group.stream(), module, with);
                rest
            }
            [_, rest @ ..] => rest,
            [] => tokens,
        }
    }

    fn take(&mut self, named: Named, module: &[String]) {
        if named.path.len() == 1 {
            return;
        }
        let mut at = match named.path[0].as_str() {
            "crate" | "siegelpost" => vec![],
            "self" | "super" => module.to_vec(),
            _ => return self.foreign.push(named),
        };
        let ups = |part: &&String| matches!(part.as_str(), "crate" | "siegelpost" | "self" | "super");
        let way = named.path.iter().take_while(ups).count();
        for _ in named.path[..way].iter().filter(|part| *part == "super") {
            at.pop();
        }
        at.extend_from_slice(&named.path[way..]);
        self.own.push(Named {
            path: at,
            line: named.line,
        });
    }
}

/// `!` behind a name, unless it is the beginning of `!=`.
fn is_called_as_macro(rest: &[TokenTree]) -> bool {
    let is = |token: Option<&TokenTree>, c| matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == c);
    is(rest.first(), '!') && !is(rest.get(1), '=')
}

/// The paths that begin with `path` and go on with `tokens`: one, or one for each branch of a `use` group.
fn path_from<'t>(path: &[String], line: usize, tokens: &'t [TokenTree]) -> (Vec<Named>, &'t [TokenTree]) {
    let here = || {
        vec![Named {
            path: path.to_vec(),
            line,
        }]
    };
    let [TokenTree::Punct(a), TokenTree::Punct(b), rest @ ..] = tokens else {
        return (here(), tokens);
    };
    if a.as_char() != ':' || b.as_char() != ':' {
        return (here(), tokens);
    }
    match rest {
        [TokenTree::Ident(name), rest @ ..] => path_from(
            &[path, &[name.to_string()]].concat(),
            name.span().start().line,
            rest,
        ),
        [TokenTree::Punct(star), rest @ ..] if star.as_char() == '*' => (
            vec![Named {
                path: [path, &["*".to_owned()]].concat(),
                line: star.span().start().line,
            }],
            rest,
        ),
        [TokenTree::Group(group), rest @ ..] if group.delimiter() == Delimiter::Brace => {
            let branches: Vec<TokenTree> = group.stream().into_iter().collect();
            let branches = branches.split(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ','));
            let named = branches.flat_map(|branch| match branch {
                [TokenTree::Ident(name), rest @ ..] => {
                    let line = name.span().start().line;
                    let tail = if name == "self" {
                        vec![]
                    } else {
                        vec![name.to_string()]
                    };
                    path_from(&[path, &tail].concat(), line, rest).0
                }
                [TokenTree::Punct(star)] if star.as_char() == '*' => {
                    vec![Named {
                        path: [path, &["*".to_owned()]].concat(),
                        line: star.span().start().line,
                    }]
                }
                _ => vec![],
            });
            (named.collect(), rest)
        }
        _ => (here(), rest),
    }
}

/// The attributes at the front, each as what stands in its brackets, and the item that they belong to. An inner attribute
/// (`#!`) belongs to what is around it and is left out.
fn attributes(mut tokens: &[TokenTree]) -> (Vec<Vec<TokenTree>>, &[TokenTree]) {
    let mut found = vec![];
    while let [TokenTree::Punct(hash), TokenTree::Group(body), rest @ ..] = tokens
        && hash.as_char() == '#'
        && body.delimiter() == Delimiter::Bracket
    {
        found.push(body.stream().into_iter().collect());
        tokens = rest;
    }
    (found, tokens)
}

fn is_for_tests(attribute: &Vec<TokenTree>) -> bool {
    let [TokenTree::Ident(cfg), TokenTree::Group(condition)] = attribute.as_slice() else {
        return false;
    };
    let condition = condition.stream().to_string().replace(' ', "");
    cfg == "cfg" && (condition == "test" || condition.starts_with("all(test,"))
}

fn is_doc(attribute: &&Vec<TokenTree>) -> bool {
    matches!(attribute.first(), Some(TokenTree::Ident(name)) if name == "doc")
}

fn path_attribute(attribute: &Vec<TokenTree>) -> Option<String> {
    match attribute.as_slice() {
        [TokenTree::Ident(name), _, TokenTree::Literal(path)] if name == "path" => {
            Some(path.to_string().trim_matches('"').to_owned())
        }
        _ => None,
    }
}

/// An attribute with the paths that stand in its strings (`#[serde(with = "crate::…")]`) as paths.
fn unquoted(attribute: &[TokenTree]) -> TokenStream {
    let open = |token: &TokenTree| match token {
        TokenTree::Literal(text) => {
            let quoted = text.to_string();
            let inside: TokenStream = match quoted.trim_matches('"').parse() {
                Ok(tokens) if quoted.contains("::") && !quoted.contains(' ') => tokens,
                _ => return TokenStream::from(token.clone()),
            };
            let placed = |mut token: TokenTree| {
                token.set_span(text.span());
                token
            };
            inside.into_iter().map(placed).collect()
        }
        TokenTree::Group(group) => unquoted(&group.stream().into_iter().collect::<Vec<_>>()),
        _ => TokenStream::from(token.clone()),
    };
    attribute.iter().map(open).collect()
}

/// The name in `mod name;`.
fn declared_module(item: &[TokenTree]) -> Option<String> {
    match without_visibility(item) {
        [
            TokenTree::Ident(word),
            TokenTree::Ident(name),
            TokenTree::Punct(end),
            ..,
        ] if word == "mod" && end.as_char() == ';' => Some(name.to_string()),
        _ => None,
    }
}

fn without_visibility(item: &[TokenTree]) -> &[TokenTree] {
    match item {
        [TokenTree::Ident(word), TokenTree::Group(scope), rest @ ..]
            if word == "pub" && scope.delimiter() == Delimiter::Parenthesis =>
        {
            rest
        }
        [TokenTree::Ident(word), rest @ ..] if word == "pub" => rest,
        _ => item,
    }
}

/// What follows an item: a body in braces ends most, a semicolon the others, a comma a field or an arm.
fn after_item(item: &[TokenTree]) -> &[TokenTree] {
    let words: Vec<String> = without_visibility(item)
        .iter()
        .take(2)
        .map(ToString::to_string)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (braces_end, comma_ends) = match words.as_slice() {
        ["const", "fn" | "unsafe" | "extern" | "async"] => (true, false),
        ["use" | "const" | "static" | "type" | "let", ..] => (false, false),
        [
            "fn" | "mod" | "struct" | "enum" | "impl" | "trait" | "union" | "extern" | "async" | "unsafe",
            ..,
        ] => (true, false),
        ["macro_rules", ..] => (true, false),
        _ => (true, true),
    };
    let end = item.iter().position(|token| match token {
        TokenTree::Punct(p) => p.as_char() == ';' || (comma_ends && p.as_char() == ','),
        TokenTree::Group(group) => braces_end && group.delimiter() == Delimiter::Brace,
        _ => false,
    });
    end.map_or(&[], |end| &item[end + 1..])
}

fn find_sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            find_sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}
