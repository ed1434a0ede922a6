//! Text with cells in it: `"{Column}-text-{row_id}"`.

use crate::import::mapping::view::RowView;

/// Parts in order. A string without braces is one constant part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(String),
    RowId,
    Line,
}

impl Template {
    /// Reads a template. `None` when a brace has no partner or nothing stands in between.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
                continue;
            }
            let (name, after) = rest.split_once('}').filter(|_| brace == "{")?;
            parts.push(Part::Text(std::mem::take(&mut literal)));
            parts.push(Part::named(name)?);
            rest = after;
        }
        literal.push_str(rest);
        parts.push(Part::Text(literal));
        parts.retain(|part| *part != Part::Text(String::new()));
        Some(Self(parts))
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Column(column) => Some(column.as_str()),
            _ => None,
        })
    }

    /// Fills in the cells of `row`.
    ///
    /// # Errors
    /// The column whose cell is empty.
    pub(super) fn render(&self, row: &RowView<'_>) -> Result<String, &str> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::RowId => text.push_str(row.row_id),
                Part::Line => text.push_str(&row.line.to_string()),
                Part::Column(column) => match row.cell(column) {
                    cell if cell.trim().is_empty() => return Err(column),
                    cell => text.push_str(cell),
                },
            }
        }
        Ok(text)
    }
}

impl Part {
    fn named(name: &str) -> Option<Self> {
        match name {
            "" => None,
            "row_id" => Some(Self::RowId),
            "line" => Some(Self::Line),
            _ if name.contains('{') => None,
            _ => Some(Self::Column(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::mapping::view::Header;

    #[test]
    fn templates_are_filled_from_the_row() {
        let header = Header::new(&["A b".to_owned(), "C".to_owned()]);
        let cells = ["1".to_owned(), " ".to_owned()];
        let row = RowView { header: &header, cells: &cells, row_id: "r-7", line: 7 };
        let cases = [
            ("plain", Some(Ok("plain"))),
            ("", Some(Ok(""))),
            ("{A b}-x-{row_id}", Some(Ok("1-x-r-7"))),
            ("{{{A b}}}#{line}", Some(Ok("{1}#7"))),
            ("{C}", Some(Err("C"))),
            ("{A", None),
            ("A}", None),
            ("{}", None),
            ("{a{b}", None),
        ];
        for (text, expected) in cases {
            let template = Template::parse(text);
            let rendered = template.as_ref().map(|template| template.render(&row));
            assert_eq!(rendered, expected.map(|result| result.map(str::to_owned)), "{text}");
        }
    }
}
