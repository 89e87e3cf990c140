//! Each change of a row as its statement: new rows that must not be there yet, and rows that are written only in the version in which
//! they were read.

use super::connection::{Connection, SqlError, Value};
use super::{BASE64, exists, json, other, sql};
use crate::ports::store::{MailRow, StoreError, Write};
use base64::Engine as _;
use jiff::Timestamp;

/// One row must have changed, or someone else was faster.
fn changed(rows: u64, what: impl ToString) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict {
            what: what.to_string(),
        })
    }
}

/// Writes one change within the transaction that stands open.
pub(super) fn write(c: &mut Connection, at: Timestamp, write: Write) -> Result<(), StoreError> {
    match write {
        Write::NewCase(case) => {
            let id = case.request_id.to_string();
            if !c
                .rows(sql::CASE, vec![id.clone().into()])
                .map_err(other)?
                .is_empty()
            {
                return Err(StoreError::Exists {
                    what: format!("request {id}"),
                });
            }
            let values = vec![
                id.into(),
                case.stage.name().into(),
                case.card.to_string().into(),
                i64::from(case.stage.is_live()).into(),
                case.created.to_string().into(),
                json(&case)?,
            ];
            c.run(sql::CASE_NEW, values).map_err(|e| match e {
                SqlError::Unique => StoreError::CardTaken(case.card),
                e => other(e),
            })?;
        }
        Write::Case(case) => {
            let values = vec![
                case.request_id.to_string().into(),
                case.stage.name().into(),
                i64::from(case.stage.is_live()).into(),
                json(&case)?,
                case.version.into(),
            ];
            let rows = c.run(sql::CASE_PUT, values).map_err(|e| match e {
                SqlError::Unique => StoreError::CardTaken(case.card),
                e => other(e),
            })?;
            changed(rows, format!("request {}", case.request_id))?;
        }
        Write::NewCard(card) => {
            let values = vec![
                card.serial.to_string().into(),
                card.chip_id.clone().into(),
                card.state.name().into(),
                json(&card)?,
            ];
            c.run(sql::CARD_NEW, values)
                .map_err(exists(format!("card {}", card.serial.grouped())))?;
        }
        Write::Card(card) => {
            let values = vec![
                card.serial.to_string().into(),
                card.state.name().into(),
                json(&card)?,
                card.version.into(),
            ];
            let rows = c.run(sql::CARD_PUT, values).map_err(other)?;
            changed(rows, format!("card {}", card.serial.grouped()))?;
        }
        Write::CardKeys(serial, keys) => {
            for key in keys {
                c.run(
                    sql::CARD_KEY_NEW,
                    vec![key.to_string().into(), serial.to_string().into()],
                )
                .map_err(exists(format!("key {key} of another card")))?;
            }
        }
        Write::Site(site) => {
            c.run(sql::SITE_PUT, vec![site.id.as_str().into(), json(&site)?])
                .map_err(other)?;
        }
        Write::Officer(officer, der) => {
            let values = vec![
                officer.id.as_str().into(),
                officer.certificate.to_string().into(),
                BASE64.encode(der).into(),
                json(&officer)?,
            ];
            c.run(sql::OFFICER_PUT, values).map_err(exists(format!(
                "the certificate of officer {} (with another officer)",
                officer.id
            )))?;
        }
        Write::NewMail(mail) => {
            let mut values = mail_columns(&mail)?.to_vec();
            values.push(mail.arrived.to_string().into());
            c.run(sql::MAIL_NEW, values)
                .map_err(exists(format!("mail {}", mail.sha256)))?;
        }
        Write::Mail(mail) => {
            let mut values = mail_columns(&mail)?.to_vec();
            values.push(mail.version.into());
            let rows = c
                .run(sql::MAIL_PUT, values)
                .map_err(exists("a mail with the same signed bytes of the same signer"))?;
            changed(rows, format!("mail {}", mail.sha256))?;
        }
        Write::MailPlace { source_key, sha256 } => {
            c.run(
                sql::MAIL_PLACE_PUT,
                vec![source_key.into(), sha256.to_string().into()],
            )
            .map_err(other)?;
        }
        Write::Unread(row) => {
            let values = vec![
                row.source_key.clone().into(),
                row.found.to_string().into(),
                json(&row)?,
            ];
            c.run(sql::UNREAD_PUT, values).map_err(other)?;
        }
        Write::Reply { mail, officer } => {
            let values = vec![
                mail.to_string().into(),
                officer.as_str().into(),
                at.as_second().into(),
            ];
            c.run(sql::REPLY_NEW, values)
                .map_err(exists(format!("a reply about mail {mail}")))?;
        }
        Write::NewKey { owner, wrapped } => {
            c.run(sql::KEY_NEW, vec![owner.clone().into(), wrapped.into()])
                .map_err(exists(format!("the key of {owner}")))?;
        }
        Write::Document {
            owner,
            kind,
            ciphertext,
        } => {
            let values = vec![owner.into(), kind.into(), BASE64.encode(ciphertext).into()];
            c.run(sql::DOCUMENT_PUT, values).map_err(other)?;
        }
        Write::Tokens(request, tokens) => {
            for token in tokens {
                c.run(sql::TOKEN_PUT, vec![token.into(), request.to_string().into()])
                    .map_err(other)?;
            }
        }
        Write::Issuance(issuance) => {
            let values = vec![issuance.request_id.to_string().into(), json(&issuance)?];
            c.run(sql::ISSUANCE_NEW, values).map_err(|e| match e {
                SqlError::Unique => StoreError::AlreadyIssued(issuance.request_id),
                e => other(e),
            })?;
        }
        Write::Certificate(row) => {
            let values = vec![
                row.serial.clone().into(),
                row.request_id.to_string().into(),
                json(&row)?,
            ];
            c.run(sql::CERTIFICATE_PUT, values).map_err(other)?;
        }
        Write::NewLetter(row) => {
            let values = vec![
                row.letter_id.clone().into(),
                row.request_id.to_string().into(),
                i64::from(row.slot).into(),
                row.batch.as_str().into(),
                json(&row)?,
            ];
            c.run(sql::LETTER_NEW, values).map_err(exists(format!(
                "a letter with eTicket {} of {}",
                row.slot, row.request_id
            )))?;
        }
        Write::Letter(row) => {
            let values = vec![row.letter_id.clone().into(), json(&row)?, row.version.into()];
            let rows = c.run(sql::LETTER_PUT, values).map_err(other)?;
            changed(rows, format!("letter {}", row.letter_id))?;
        }
        Write::NewOutgoing(row) => {
            let values = vec![
                row.message_id.clone().into(),
                row.state.name().into(),
                row.blob.to_string().into(),
                row.queued.to_string().into(),
                json(&row)?,
            ];
            c.run(sql::OUTGOING_NEW, values)
                .map_err(exists(format!("outgoing mail {}", row.message_id)))?;
        }
        Write::Outgoing(row) => {
            let values = vec![
                row.message_id.clone().into(),
                row.state.name().into(),
                json(&row)?,
                row.version.into(),
            ];
            let rows = c.run(sql::OUTGOING_PUT, values).map_err(other)?;
            changed(rows, format!("outgoing mail {}", row.message_id))?;
        }
        Write::Checkpoint { seq, note } => {
            c.run(sql::CHECKPOINT_NEW, vec![(seq as i64).into(), note.into()])
                .map_err(other)?;
        }
    }
    Ok(())
}

fn mail_columns(mail: &MailRow) -> Result<[Value; 6], StoreError> {
    Ok([
        mail.sha256.to_string().into(),
        mail.signer.map(|s| s.to_string()).into(),
        mail.content.map(|c| c.to_string()).into(),
        mail.outcome.name().into(),
        mail.blob.to_string().into(),
        json(mail)?,
    ])
}
