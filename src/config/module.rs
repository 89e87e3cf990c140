//! A vendor's PKCS#11 module: officers' keys behind it, and cards that nothing else drives.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One `[[modules]]` of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleConfig {
    /// The module's shared library.
    pub path: PathBuf,
    /// The stock's cards of this make are prestaged and unsealed by it too; else it serves officers' keys alone.
    #[serde(default)]
    pub drives_cards: bool,
    /// Cards of this make show certificates and public keys after the PIN alone (CKA_PRIVATE true).
    #[serde(default)]
    pub shows_after_pin: bool,
    /// The PIN with which cards of this make come, where it is not 123456.
    #[serde(default)]
    pub factory_pin: Option<String>,
    /// The SO PIN (administrator's key) with which they come, where it is not 0102…08 three times over.
    #[serde(default)]
    pub factory_so_pin: Option<String>,
}
