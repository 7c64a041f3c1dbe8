"""Secrets as notebooks have them: random values in real formats, and cells that hold them."""

import base64
import json
import random
import string
from typing import Any, Final, NamedTuple

ALNUM: Final = string.ascii_letters + string.digits
UPPER: Final = string.ascii_uppercase + "234567"
HEX: Final = "0123456789abcdef"
URL: Final = ALNUM + "_-"
BASE64: Final = ALNUM + "+/"
DIGITS: Final = string.digits
PASSWORD: Final = ALNUM + "!@%*-_"


class Seeded(NamedTuple):
    """A cell with a secret; ``kind`` is the format's name."""

    kind: str
    source: str
    secret: str


def pick(generator: random.Random, count: int, alphabet: str = ALNUM) -> str:
    return "".join(generator.choice(alphabet) for _ in range(count))


def password(generator: random.Random) -> str:
    """As people choose them: a word, digits, a sign."""
    word = generator.choice(["Swordfish", "winter", "Tr0ub4dor", "monkey", "letmein", "Quartz"])
    return f"{word}{pick(generator, 4, DIGITS)}{generator.choice('!@%*-')}{pick(generator, 3)}"


# Tokens that say themselves what they are: alone in a cell, in a comment, printed.
TOKENS: Final[dict[str, Any]] = {
    "aws access key id": lambda g: "AKIA" + pick(g, 16, UPPER),
    "github classic": lambda g: "ghp_" + pick(g, 36),
    "github app": lambda g: "ghs_" + pick(g, 36),
    "github fine-grained": lambda g: f"github_pat_{pick(g, 22)}_{pick(g, 59)}",
    "gitlab": lambda g: "glpat-" + pick(g, 20, URL),
    "slack bot": lambda g: f"xoxb-{pick(g, 12, DIGITS)}-{pick(g, 12, DIGITS)}-{pick(g, 24)}",
    "slack app": lambda g: f"xapp-1-A{pick(g, 10, UPPER)}-{pick(g, 13, DIGITS)}-{pick(g, 64, HEX)}",
    "openai": lambda g: "sk-" + pick(g, 48),
    "openai project": lambda g: "sk-proj-" + pick(g, 60, URL) + "7",
    "openrouter": lambda g: "sk-or-v1-" + pick(g, 64, HEX),
    "anthropic": lambda g: "sk-ant-api03-" + pick(g, 93, URL),
    "hugging face": lambda g: "hf_" + pick(g, 34),
    "google api": lambda g: "AIza" + pick(g, 35, URL),
    "google oauth": lambda g: "ya29." + pick(g, 60, URL),
    "google client": lambda g: "GOCSPX-" + pick(g, 28, URL),
    "stripe": lambda g: "sk_live_" + pick(g, 24),
    "stripe webhook": lambda g: "whsec_" + pick(g, 32),
    "azure client": lambda g: f"{pick(g, 3)}8Q~{pick(g, 34, URL)}",
    "json web token": lambda g: f"eyJ{pick(g, 20, URL)}.eyJ{pick(g, 40, URL)}.{pick(g, 43, URL)}",
    "npm": lambda g: "npm_" + pick(g, 36),
    "pypi": lambda g: "pypi-AgEIcHlwaS5vcmc" + pick(g, 80, URL),
    "docker": lambda g: "dckr_pat_" + pick(g, 27, URL),
    "sendgrid": lambda g: f"SG.{pick(g, 22, URL)}.{pick(g, 43, URL)}",
    "databricks": lambda g: "dapi" + pick(g, 32, HEX),
    "groq": lambda g: "gsk_" + pick(g, 52),
    "nvidia": lambda g: "nvapi-" + pick(g, 64, URL) + "3",
    "replicate": lambda g: "r8_" + pick(g, 37),
    "langsmith": lambda g: f"lsv2_pt_{pick(g, 32, HEX)}_{pick(g, 10, HEX)}",
    "neptune": lambda g: "eyJhcGlfYWRkcmVzcyI6" + pick(g, 100),
    "digitalocean": lambda g: "dop_v1_" + pick(g, 64, HEX),
    "shopify": lambda g: "shpat_" + pick(g, 32, HEX),
    "grafana": lambda g: f"glsa_{pick(g, 32)}_{pick(g, 8, HEX)}",
    "vault": lambda g: "hvs." + pick(g, 90, URL),
    "telegram": lambda g: f"{pick(g, 9, DIGITS)}:AA{pick(g, 33, URL)}",
    "notion": lambda g: "ntn_" + pick(g, 46),
    "linear": lambda g: "lin_api_" + pick(g, 40),
    "wandb": lambda g: "wandb_v1_" + pick(g, 77, URL),
}
TOKEN_CELLS: Final = (
    "client = Client({secret!r})",
    "print({secret!r})",
    "# my key: {secret}\nx = 1",
    "headers = {{'X-Custom': '{secret}'}}\nheaders",
    "raise RuntimeError('refused {secret}')",
)

# Values that only their surroundings give away. %s stands for the secret.
ASSIGNED: Final[dict[str, tuple[Any, str]]] = {
    "aws secret key": (lambda g: pick(g, 40, BASE64), "aws = dict(aws_secret_access_key='%s')"),
    "aws credentials file": (
        lambda g: pick(g, 40, BASE64),
        "text = '''\n[default]\naws_secret_access_key = %s\nregion = eu\n'''\nprint(text)",
    ),
    "environment": (lambda g: pick(g, 32, HEX), "import os\nos.environ['WANDB_API_KEY'] = '%s'"),
    "env magic": (lambda g: pick(g, 40, HEX), "%%env WANDB_API_KEY=%s"),
    "env magic with a space": (lambda g: pick(g, 24), "%%env COMET_API_KEY %s"),
    "setdefault": (password, "import os\nos.environ.setdefault('DB_PASSWORD', '%s')"),
    "shell export": (password, "!export DB_PASSWORD=%s; true"),
    "long option": (password, "!true --password=%s"),
    "option with a space": (password, "!true --api-key %s"),
    "mysql": (password, "!echo mysql -u root -p%s > /dev/null"),
    "curl": (password, "!echo curl -u me:%s https://example.org > /dev/null"),
    "wandb login": (lambda g: pick(g, 40, HEX), "wandb.login(key='%s')"),
    "wandb in a shell": (lambda g: pick(g, 40, HEX), "!echo wandb login %s > /dev/null"),
    "kaggle": (lambda g: pick(g, 32, HEX), 'k = {"username": "me", "key": "%s"}\nk'),
    "comet": (lambda g: pick(g, 25), "comet_ml.init(api_key='%s')"),
    "comet by place": (lambda g: pick(g, 25), "comet_ml.Experiment('%s')"),
    "neptune keyword": (
        lambda g: base64.b64encode(json.dumps({"api": pick(g, 60)}).encode()).decode(),
        "neptune.init_run(project='a/b', api_token='%s')",
    ),
    "netrc": (lambda g: pick(g, 40, HEX), "n = 'machine api.wandb.ai login user password %s'"),
    "twilio": (lambda g: pick(g, 32, HEX), "twilio_auth_token = '%s'"),
    "azure storage": (
        lambda g: pick(g, 86, BASE64) + "==",
        "c = 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=%s;EndpointSuffix=w'\nc",
    ),
    "azure service bus": (
        lambda g: pick(g, 43, BASE64) + "=",
        "c = 'Endpoint=sb://x.net/;SharedAccessKeyName=root;SharedAccessKey=%s'",
    ),
    "azure signature": (
        lambda g: pick(g, 43) + "%3D",
        "u = 'https://a.blob.core.windows.net/c?sv=2022-11-02&sr=c&sig=%s'",
    ),
    "odbc": (password, "c = 'DRIVER={{SQL}};SERVER=db;UID=me;PWD=%s'"),
    "connection string": (password, "c = 'Server=db;Database=x;User Id=me;Password=%s;'"),
    "postgresql address": (lambda g: pick(g, 16), "e = Client('postgresql://me:%s@db.example/x')"),
    "mongodb address": (lambda g: pick(g, 16), "print('mongodb+srv://me:%s@c.mongodb.net/x')"),
    "redis address": (lambda g: pick(g, 16), "r = 'redis://:%s@cache:6379/0'\nr"),
    "bearer header": (
        lambda g: pick(g, 40, URL),
        "h = {'Authorization': 'Bearer %s'}\nprint(h)",
    ),
    "basic header": (
        lambda g: base64.b64encode(f"me:{pick(g, 16)}".encode()).decode(),
        "h = {'Authorization': 'Basic %s'}",
    ),
    "api key header": (lambda g: pick(g, 32), "h = {'X-API-Key': '%s'}"),
    "query": (lambda g: pick(g, 32, HEX), "u = 'https://example.org/v1?city=x&appid=1&api_key=%s'"),
    "slack webhook": (
        lambda g: f"T{pick(g, 8, UPPER)}/B{pick(g, 8, UPPER)}/{pick(g, 24)}",
        "u = 'https://hooks.slack.com/services/%s'",
    ),
    "discord webhook": (
        lambda g: f"{pick(g, 18, DIGITS)}/{pick(g, 68, URL)}",
        "u = 'https://discord.com/api/webhooks/%s'",
    ),
    "plain password": (password, "password = '%s'\nprint(password)"),
    "annotated": (password, "db_password: str = '%s'"),
    "f-string": (password, "password = f'%s'\nprint(f'with {password}')"),
    "bytes": (password, "secret = b'%s'"),
    "dictionary": (password, "config = {'user': 'me', 'password': '%s'}\nconfig"),
    "keyword": (password, "connect(user='me', passwd='%s')"),
    "dict call": (password, "c = dict(client_secret='%s')"),
    "subscript": (password, "config = {}\nconfig['db_password'] = '%s'"),
    "attribute": (password, "client.secret_key = '%s'"),
    "setattr": (password, "setattr(client, 'password', '%s')"),
    "pair": (password, "user, password = 'me', '%s'"),
    "auth tuple": (password, "requests_get('https://example.org', auth=('me', '%s'))"),
    "basic auth": (password, "HTTPBasicAuth('me', '%s')"),
    "smtp": (password, "client.login('me@example.org', '%s')"),
    "keyring": (password, "client.set_password('service', 'me', '%s')"),
    "comparison": (password, "password = client\nif password == '%s': pass"),
    "default argument": (password, "def f(user, password='%s'): return user"),
    "json": (password, 'import json\njson.loads(\'{"password": "%s"}\')'),
    "yaml": (password, "y = '''\nuser: me\npassword: %s\n'''"),
    "passphrase of words": (
        lambda g: " ".join(pick(g, 6, string.ascii_lowercase) for _ in range(4)),
        "passphrase = '%s'",
    ),
    "triple quotes": (password, 'password = """%s"""'),
    "traceback": (password, "password = '%s'\nraise ValueError(password)"),
    "file of settings": (password, "%%%%writefile secrets.env\nDB_PASSWORD=%s\nMODE=fast"),
}
STUBS: Final = """\
import types
class Anything:
    def __getattr__(self, name): return lambda *a, **k: None
    def __call__(self, *a, **k): return self
    def __setattr__(self, name, value): pass
client = wandb = neptune = comet_ml = Anything()
Client = connect = requests_get = HTTPBasicAuth = lambda *a, **k: Anything()
"""


def seeded_secrets(count: int = 200, seed: int = 7) -> list[Seeded]:
    """So many cells, every kind at least once."""
    generator = random.Random(seed)
    made: list[Seeded] = []
    while len(made) < count:
        for kind, make in TOKENS.items():
            secret = make(generator)
            cell = TOKEN_CELLS[len(made) % len(TOKEN_CELLS)]
            made.append(Seeded(kind, cell.format(secret=secret), secret))
        for kind, (make, cell) in ASSIGNED.items():
            secret = make(generator)
            made.append(Seeded(kind, cell % secret, secret))
    return made[:count]


def private_key(generator: random.Random) -> str:
    """A key as ssh-keygen writes it."""
    lines = "\n".join(pick(generator, 64, BASE64) for _ in range(12))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----"
