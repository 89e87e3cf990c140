//! What the applet runs on: its store, the system's randomness, and the cryptography of its makers, called without threads.

use rand_core::OsRng;
use std::cell::RefCell;
use std::rc::Rc;
use trussed::ClientImplementation;
use trussed::backend::{Backend as _, BackendId};
use trussed::pipe::{ServiceEndpoint, TrussedChannel};
use trussed::platform::{Platform, Syscall};
use trussed::serde_extensions::{ExtensionDispatch, ExtensionId, ExtensionImpl};
use trussed::service::{Service, ServiceResources};
use trussed::types::{Context, CoreContext};
use trussed::virt::{Store, UserInterface};
use trussed_auth::AuthExtension;
use trussed_auth_backend::{AuthBackend, AuthContext, FilesystemLayout};
use trussed_chunked::ChunkedExtension;
use trussed_core::Error;
use trussed_core::api::{Reply, Request, reply, request};
use trussed_core::types::Location;
use trussed_hpke::HpkeExtension;
use trussed_rsa_alloc::SoftwareRsa;
use trussed_staging::{StagingBackend, StagingContext};
use trussed_wrap_key_to_file::WrapKeyToFileExtension;

/// The hardware. The makers' own for tests draws the same keys on every card; this one does not.
pub struct Board<'a> {
    random: OsRng,
    store: Store<'a>,
    user: UserInterface,
}

impl<'a> Board<'a> {
    pub fn new(store: Store<'a>) -> Board<'a> {
        Board {
            random: OsRng,
            store,
            user: UserInterface::new(),
        }
    }
}

impl<'a> Platform for Board<'a> {
    type R = OsRng;
    type S = Store<'a>;
    type UI = UserInterface;

    fn rng(&mut self) -> &mut OsRng {
        &mut self.random
    }

    fn store(&self) -> Store<'a> {
        self.store
    }

    fn user_interface(&mut self) -> &mut UserInterface {
        &mut self.user
    }
}

/// The service with its one client: a call runs it where it was made.
struct Core<'a> {
    service: Service<Board<'a>, Backends>,
    clients: Vec<ServiceEndpoint<'a, Part, Contexts>>,
}

pub struct Call<'a>(Rc<RefCell<Core<'a>>>);

impl Syscall for Call<'_> {
    fn syscall(&mut self) {
        let core = &mut *self.0.borrow_mut();
        core.service.process(&mut core.clients);
    }
}

pub type Client<'a> = ClientImplementation<'a, Call<'a>, Backends>;

/// Gives the applet's client to `f`, on this board.
pub fn run<'a, R>(board: Board<'a>, f: impl FnOnce(Client<'_>) -> R) -> R {
    // The channel lives as long as the board: a card is powered a few thousand times in its life, at 5 KB each.
    let channel: &'a TrussedChannel = Box::leak(Box::new(TrussedChannel::new()));
    let (requester, responder) = channel.split().expect("a new channel");
    let context = CoreContext::new("piv".try_into().expect("a path"));
    let core = Rc::new(RefCell::new(Core {
        service: Service::with_dispatch(board, Backends::new()),
        clients: vec![ServiceEndpoint::new(responder, context, PARTS)],
    }));
    f(Client::new(requester, Call(core), None))
}

/// The parts that answer a call, in the order in which they are asked.
const PARTS: &[BackendId<Part>] = &[
    BackendId::Custom(Part::Rsa),
    BackendId::Custom(Part::Staging),
    BackendId::Custom(Part::Auth),
    BackendId::Core,
];

pub enum Part {
    Rsa,
    Staging,
    Auth,
}

pub struct Backends {
    rsa: SoftwareRsa,
    staging: StagingBackend,
    auth: AuthBackend,
}

impl Backends {
    fn new() -> Backends {
        Backends {
            rsa: SoftwareRsa,
            staging: StagingBackend::new(),
            auth: AuthBackend::new(Location::Internal, FilesystemLayout::V0),
        }
    }
}

#[derive(Default)]
pub struct Contexts {
    staging: StagingContext,
    auth: AuthContext,
}

pub enum Extension {
    Auth,
    Chunked,
    Hpke,
    WrapKeyToFile,
}

impl From<Extension> for u8 {
    fn from(extension: Extension) -> u8 {
        extension as u8
    }
}

impl TryFrom<u8> for Extension {
    type Error = Error;

    fn try_from(id: u8) -> Result<Extension, Error> {
        match id {
            0 => Ok(Extension::Auth),
            1 => Ok(Extension::Chunked),
            2 => Ok(Extension::Hpke),
            3 => Ok(Extension::WrapKeyToFile),
            _ => Err(Error::FunctionNotSupported),
        }
    }
}

macro_rules! extension {
    ($($type:ident: $id:ident),*) => {
        $(impl ExtensionId<$type> for Backends {
            type Id = Extension;
            const ID: Extension = Extension::$id;
        })*
    };
}

extension!(AuthExtension: Auth, ChunkedExtension: Chunked, HpkeExtension: Hpke, WrapKeyToFileExtension: WrapKeyToFile);

impl ExtensionDispatch for Backends {
    type BackendId = Part;
    type Context = Contexts;
    type ExtensionId = Extension;

    fn core_request<P: Platform>(
        &mut self,
        part: &Part,
        context: &mut Context<Contexts>,
        request: &Request,
        resources: &mut ServiceResources<P>,
    ) -> Result<Reply, Error> {
        let (core, own) = (&mut context.core, &mut context.backends);
        match part {
            Part::Rsa => self.rsa.request(core, &mut (), request, resources),
            Part::Staging => self.staging.request(core, &mut own.staging, request, resources),
            Part::Auth => self.auth.request(core, &mut own.auth, request, resources),
        }
    }

    fn extension_request<P: Platform>(
        &mut self,
        part: &Part,
        extension: &Extension,
        context: &mut Context<Contexts>,
        request: &request::SerdeExtension,
        resources: &mut ServiceResources<P>,
    ) -> Result<reply::SerdeExtension, Error> {
        macro_rules! ask {
            ($backend:ident, $extension:ident) => {
                ExtensionImpl::<$extension>::extension_request_serialized(
                    &mut self.$backend,
                    &mut context.core,
                    &mut context.backends.$backend,
                    request,
                    resources,
                )
            };
        }
        match (part, extension) {
            (Part::Auth, Extension::Auth) => ask!(auth, AuthExtension),
            (Part::Staging, Extension::Chunked) => ask!(staging, ChunkedExtension),
            (Part::Staging, Extension::Hpke) => ask!(staging, HpkeExtension),
            (Part::Staging, Extension::WrapKeyToFile) => ask!(staging, WrapKeyToFileExtension),
            _ => Err(Error::RequestNotAvailable),
        }
    }
}
