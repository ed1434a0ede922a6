//! Stores and replicas of one test, wired together.

use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use tempfile::TempDir;

use super::{
    Caller, FakeClock, Layout, Logs, Postgres, Proxy, Redis, Replica, Rows, TENANTS,
    layout::{Stores, configuration},
};

const SECRET: &str = "a secret of the tests, longer than thirty-two bytes";

/// The fields are dropped from the first to the last: replicas, stores, folder, logs.
pub(crate) struct Desk {
    pub replicas: Vec<Replica>,
    pub postgres_wire: Option<Proxy>,
    pub redis_wire: Option<Proxy>,
    postgres: Option<Postgres>,
    redis: Option<Redis>,
    tokens: Vec<String>,
    disk: Option<Disk>,
    folder: TempDir,
    logs: Logs,
}

impl Desk {
    /// Starts everything and waits until it serves.
    pub(crate) async fn start(layout: &Layout) -> Self {
        let logs = Logs::new();
        // PostgreSQL runs as another user, who has to get through.
        let folder = tempfile::Builder::new().prefix("faults-").tempdir_in("/tmp").expect("/tmp");
        set_open(folder.path());
        std::fs::write(folder.path().join("deskpulse.toml"), configuration()).expect("a file");
        let mounted = layout.disk_mib.map(|mib| Disk::mount(&folder.path().join("data"), mib));
        let mut desk = Self {
            replicas: Vec::new(),
            postgres_wire: None,
            redis_wire: None,
            postgres: None,
            redis: None,
            tokens: Vec::new(),
            disk: mounted,
            folder,
            logs,
        };
        if layout.stores != Stores::Embedded {
            desk.start_servers(layout).await;
        }
        desk.start_replicas(layout).await;
        desk
    }

    async fn start_servers(&mut self, layout: &Layout) {
        let postgres = Postgres::create(self.path("postgres"), self.logs.of("postgres"));
        let (folder, log) = (self.path("redis"), self.logs.of("redis"));
        let redis = async {
            if layout.stores == Stores::Cluster {
                Redis::create_cluster(&folder, &log).await
            } else {
                Redis::create(folder.clone(), log.clone()).await
            }
        };
        let (postgres, redis) = tokio::join!(postgres, redis);
        if layout.proxied {
            self.postgres_wire = Some(Proxy::to(postgres.port()).await);
            self.redis_wire = Some(Proxy::to(redis.port()).await);
        }
        (self.postgres, self.redis) = (Some(postgres), Some(redis));
    }

    async fn start_replicas(&mut self, layout: &Layout) {
        for index in 0..layout.replicas {
            let log = self.logs.of(&format!("replica-{index}"));
            let clock = (layout.clock && index + 1 == layout.replicas)
                .then(|| FakeClock::new(self.path("clock")));
            let environment = self.environment(layout);
            let folder = self.folder.path().to_owned();
            self.replicas.push(Replica::new(folder, log, environment, clock));
        }
        if layout.stores != Stores::Embedded {
            self.replicas[0].done(&["migrate", "up"]);
        }
        self.tokens = TENANTS.iter().map(|tenant| self.token_of(tenant.id)).collect();
        for replica in &mut self.replicas {
            replica.revive().await;
        }
    }

    fn environment(&self, layout: &Layout) -> Vec<(String, String)> {
        let mut environment = vec![
            ("DESKPULSE_CONFIG".to_owned(), "deskpulse.toml".to_owned()),
            ("DESKPULSE_JWT_SECRET".to_owned(), SECRET.to_owned()),
            ("DESKPULSE_STORE__DATA_DIR".to_owned(), "data".to_owned()),
        ];
        if let (Some(postgres), Some(redis)) = (&self.postgres, &self.redis) {
            let postgres = self.postgres_wire.as_ref().map_or(postgres.port(), Proxy::port);
            let redis = redis.url(self.redis_wire.as_ref().map_or(redis.port(), Proxy::port));
            let database = format!("postgres://postgres@127.0.0.1:{postgres}/deskpulse");
            environment.push(("DATABASE_URL".to_owned(), database));
            environment.push(("REDIS_URL".to_owned(), redis));
        }
        let settings = layout.settings.iter();
        environment.extend(settings.map(|(key, value)| {
            let name = key.to_uppercase().replacen('.', "__", 1);
            (format!("DESKPULSE_{name}"), value.clone())
        }));
        environment
    }

    fn token_of(&self, tenant: &str) -> String {
        // Longer than any clock of a test jumps.
        let arguments = ["token", "--tenant", tenant, "--role", "operator", "--ttl", "60d"];
        self.replicas[0].done(&arguments).trim().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn postgres(&mut self) -> &mut Postgres {
        self.postgres.as_mut().expect("a layout with servers")
    }

    /// Redis, where the layout has one.
    pub(crate) fn redis_if_any(&self) -> Option<&Redis> {
        self.redis.as_ref()
    }

    pub(crate) fn redis(&mut self) -> &mut Redis {
        self.redis.as_mut().expect("a layout with servers")
    }

    /// The full disk of a layout that has one.
    pub(crate) fn disk(&self) -> &Disk {
        self.disk.as_ref().expect("a layout with a disk of its own")
    }

    /// Whoever speaks for a tenant, to one replica.
    pub(crate) fn caller(&self, replica: usize, tenant: &str) -> Caller {
        let index = TENANTS.iter().position(|known| known.id == tenant).expect("a known tenant");
        Caller::new(&self.replicas[replica].url(), &self.tokens[index])
    }

    /// The rows as they are stored, read past the service.
    pub(crate) async fn rows(&self) -> Rows {
        let url = match &self.postgres {
            Some(server) => {
                format!("postgres://postgres@127.0.0.1:{}/deskpulse", server.port())
            }
            None => format!("sqlite://{}?mode=ro", self.path("data/deskpulse.sqlite3").display()),
        };
        Rows::open(&url).await
    }
}

/// A small file system in memory; gone with its owner.
pub(crate) struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path, mib: u64) -> Self {
        std::fs::create_dir(folder).expect("a folder to mount on");
        let options = format!("size={mib}m");
        let mounted =
            mount(Some("tmpfs"), folder, Some("tmpfs"), MsFlags::empty(), Some(options.as_str()));
        mounted.expect("a disk that can be full is a tmpfs, and mounting one takes root");
        Self(folder.to_owned())
    }

    /// Takes every byte that is left.
    pub(crate) fn fill(&self) {
        use std::io::Write as _;
        let mut ballast = std::fs::File::create(self.0.join("ballast")).expect("a file");
        for block in [1 << 20, 1 << 12] {
            while ballast.write_all(&vec![0; block]).is_ok() {}
        }
    }

    pub(crate) fn free(&self) {
        std::fs::remove_file(self.0.join("ballast")).expect("the ballast");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Detached, so that a process that has not quite ended does not keep it.
        let _ = umount2(&self.0, MntFlags::MNT_DETACH);
    }
}

fn set_open(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let open = std::fs::Permissions::from_mode(0o711);
    std::fs::set_permissions(folder, open).expect("our own folder");
}
