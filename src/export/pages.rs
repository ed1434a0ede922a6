//! A list, page after page, each read when it is asked for.

use std::{mem, sync::Arc};

use super::{
    columns,
    figures::Figures,
    format::Format,
    list::{Filter, List},
};
use crate::{
    app::Services,
    auth::Viewer,
    error::{Error, Result},
    graphql::paging::{Cursor, MAX_PAGE, page_len},
};

/// What is left of a list.
pub struct Pages {
    services: Arc<Services>,
    viewer: Viewer,
    filter: Filter,
    format: Format,
    place: Place,
}

/// How far a list has been read.
enum Place {
    Start,
    /// After the row of this cursor.
    After(String),
    /// Within an answer that was made at once.
    Within(Figures),
    End,
}

impl Place {
    /// Whatever comes after a cursor, if there is one.
    fn after(cursor: Option<String>) -> Self {
        cursor.map_or(Self::End, Self::After)
    }
}

/// Rows that were written, and where to go on.
type Written = (Vec<u8>, Place);

impl Pages {
    pub fn new(services: Arc<Services>, viewer: Viewer, list: List, format: Format) -> Self {
        Self { services, viewer, filter: list.0, format, place: Place::Start }
    }

    /// The text of the next page; none after the last. The first of CSV begins with the header.
    ///
    /// # Errors
    /// What the list in GraphQL fails with, its fields named as parameters.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let place = mem::replace(&mut self.place, Place::End);
        let mut text = match &place {
            Place::Start => self.format.head(self.columns())?,
            Place::After(_) | Place::Within(_) => Vec::new(),
            Place::End => return Ok(None),
        };
        let (rows, next) = match place {
            Place::Within(figures) => self.go_on(figures)?,
            Place::After(cursor) => self.read(Some(&cursor)).await.map_err(without_prefix)?,
            _ => self.read(None).await.map_err(without_prefix)?,
        };
        text.extend(rows);
        self.place = next;
        Ok(Some(text))
    }

    fn columns(&self) -> &'static [&'static str] {
        match &self.filter {
            Filter::Metrics(_) => &columns::FIGURE,
            Filter::Sessions(_) => &columns::SESSION,
            Filter::Events(_) => &columns::EVENT,
            Filter::Audits(_) => &columns::AUDIT,
        }
    }

    async fn read(&self, after: Option<&str>) -> Result<Written> {
        let (viewer, format) = (&self.viewer, self.format);
        match &self.filter {
            Filter::Metrics(question) => {
                self.go_on(Figures::ask(&self.services, viewer, question).await?)
            }
            Filter::Sessions(filter) => {
                let sessions = &self.services.sessions;
                let (rows, page) = sessions.list(viewer, MAX_PAGE, after, filter).await?;
                let text = format.rows(&columns::SESSION, rows.iter().map(columns::session))?;
                Ok((text, Place::after(page.next_cursor())))
            }
            Filter::Audits(filter) => {
                let quality = &self.services.quality;
                let (rows, page) = quality.audits(viewer, MAX_PAGE, after, filter).await?;
                let row = |row| columns::audit(row, &viewer.tenant);
                let text = format.rows(&columns::AUDIT, rows.iter().map(row))?;
                Ok((text, Place::after(page.next_cursor())))
            }
            Filter::Events(query) => {
                let mut query = query.clone();
                query.after = after.map(Cursor::decode).transpose()?;
                let len = page_len("first", MAX_PAGE)?;
                let (rows, page) = self.services.tracker.event_page(viewer, query, len).await?;
                let text = format.rows(&columns::EVENT, rows.iter().map(columns::event))?;
                Ok((text, Place::after(page.next_cursor())))
            }
        }
    }

    fn go_on(&self, mut figures: Figures) -> Result<Written> {
        let rows = figures.write(self.format)?;
        let next = if figures.is_written() { Place::End } else { Place::Within(figures) };
        Ok((rows, next))
    }
}

/// The fields of a filter are parameters by themselves here; what is wrong with a filter as a whole is
/// its range.
fn without_prefix(error: Error) -> Error {
    let Error::BadInput { field, value, expected } = error else { return error };
    let name = match field.strip_prefix("filter") {
        Some("") => "to".to_owned(),
        Some(path) => path.trim_start_matches('.').to_owned(),
        None => field,
    };
    Error::BadInput { field: name, value, expected }
}
