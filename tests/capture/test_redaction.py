"""Secrets go, everything else stays as it is."""

import random
import string

import pytest

from jupyter_mltrack.capture.redaction import REDACTED, Redactor, redact_value


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor({})


def letters(generator: random.Random, count: int, alphabet: str) -> str:
    return "".join(generator.choice(alphabet) for _ in range(count))


ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + "234567"
HEX = "0123456789abcdef"
B64URL = ALNUM + "_-"
FORMATS = [
    lambda g: "AKIA" + letters(g, 16, UPPER),
    lambda g: "ghp_" + letters(g, 36, ALNUM),
    lambda g: "github_pat_" + letters(g, 22, ALNUM) + "_" + letters(g, 59, ALNUM),
    lambda g: "glpat-" + letters(g, 20, B64URL),
    lambda g: "xoxb-" + letters(g, 12, string.digits) + "-" + letters(g, 24, ALNUM),
    lambda g: "sk-" + letters(g, 48, ALNUM),
    lambda g: "sk-proj-" + letters(g, 60, B64URL),
    lambda g: "sk-ant-api03-" + letters(g, 60, B64URL),
    lambda g: "hf_" + letters(g, 34, ALNUM),
    lambda g: "AIza" + letters(g, 35, B64URL),
    lambda g: f"eyJ{letters(g, 20, B64URL)}.eyJ{letters(g, 40, B64URL)}.{letters(g, 43, B64URL)}",
    lambda g: "sk_live_" + letters(g, 24, ALNUM),
    lambda g: "npm_" + letters(g, 36, ALNUM),
    lambda g: "dapi" + letters(g, 32, HEX),
]
ASSIGNED = [
    'password = "{}"',
    "db_password='{}'",
    '{{"password": "{}"}}',
    'os.environ["AWS_SECRET_ACCESS_KEY"] = "{}"',
    'connect(user="me", passwd="{}")',
    "%env WANDB_API_KEY={}",
    "!export DB_PASSWORD={}",
    'api_key: str = "{}"',
    'monkeypatch.setenv("CLIENT_SECRET", "{}")',
    'auth_token = "{}"',
    "postgresql://me:{}@host.example/db",
    "!tool --password={}",
]


def seeded_secrets() -> list[tuple[str, str]]:
    generator = random.Random(7)
    seeded = []
    for number in range(200):
        if number % 2:
            secret = FORMATS[number // 2 % len(FORMATS)](generator)
            seeded.append((f"client = Client({secret!r})  # use it", secret))
        else:
            secret = letters(generator, 20, ALNUM) + "7a"
            seeded.append((ASSIGNED[number // 2 % len(ASSIGNED)].format(secret), secret))
    return seeded


def test_seeded_secrets_are_caught(redactor):
    seeded = seeded_secrets()
    missed = [text for text, secret in seeded if secret in redactor.redact(text)]
    assert len(missed) <= 0.05 * len(seeded), missed


def test_source_stays_valid_where_a_string_was(redactor):
    redacted = redactor.redact('connect(user="me", password="hunter2!")')
    assert redacted == f'connect(user="me", password="{REDACTED}")'
    compile(redacted, "cell", "exec")


def test_private_key_goes_as_a_block(redactor):
    key = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIB\n" * 20 + "-----END RSA PRIVATE KEY-----"
    assert redactor.redact(f'k = """{key}"""') == f'k = """{REDACTED}"""'


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        'password = getpass("Password: ")',
        'token = os.environ["API_TOKEN"]',
        'pad_token = "<pad>"; eos_token = "[EOS]"; token = "hello"',
        'tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")',
        'df["key"] = "abc"',
        'secret = "{}".format(value)',
        'password = f"{password}"',
        'api_key = "YOUR_API_KEY"',
        'api_key="<your key here>"',
        'pwd = "/home/me/data"',
        'columns = ["user", "password", "token"]',
        'usecols = dict(password="password")',
        "for key, token in pairs: print(key == token)",
        "task-risk-disk-0123456789abcdef0123",
        "https://example.org/a:b/c@d",
        "key='value'; keys = {'key': 'value'}",
        "patience = 10; path = 'data/train.csv'; pattern = 'abcdefghijk'",
        "loss=0.123456 accuracy=0.99 AUTHOR=somebody",
        "sha256: " + "0123456789abcdef" * 4,
        "git commit 3f2a" + "0123456789abcdef" * 2,
        "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
    ],
)
def test_text_without_secrets_is_unchanged(redactor, text):
    assert redactor.redact(text) is text or redactor.redact(text) == text


def test_values_of_the_environment_are_hidden_and_followed():
    redactor = Redactor({"MY_API_TOKEN": "swordfish-9", "HOME": "/root", "DB_SECRET": "true"})
    assert redactor.redact("print: swordfish-9 in /root true") == f"print: {REDACTED} in /root true"
    assert redactor.redact_source("a swordfish-9") == f"a {REDACTED}"
    redactor.refresh({"OTHER_PASSWORD": "tunafish-1"})
    assert redactor.redact_source("a swordfish-9") == "a swordfish-9"
    assert redactor.redact("tunafish-1") == REDACTED


def test_large_text_is_looked_through_whole(redactor):
    secret = "ghp_" + "a1B2" * 9
    text = "word " * 100_000 + secret + " word" * 100_000
    assert secret not in redactor.redact(text)  # a second; hours, if it took its square
    plain = "word " * 50_000
    assert redactor.redact(plain) is plain


def test_a_password_in_an_address_is_no_param() -> None:
    kept = redact_value("url", "postgresql://ann:s3cretpw@db.example/runs")
    assert kept == f"postgresql://ann:{REDACTED}@db.example/runs"
    assert redact_value("lr", "0.1") == "0.1"


def test_a_param_seen_before_hides_what_became_known_as_a_secret_since() -> None:
    value = "Quartz7733!xyz"
    assert redact_value("p", value) == value == redact_value("p", value)
    redactor = Redactor({"DB_PASSWORD": value})
    assert redact_value("p", value) == REDACTED
    redactor.refresh({})
    assert redact_value("p", value) == value
