"""Programs of others that read what ringside has written: they tell whether it is what it claims to
be. A test whose reader is missing is skipped with the reason.
"""
import json
import os
import pathlib
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEBIAN_PYTHON = '/usr/bin/python3'  # the one that Debian's python3-* packages are for
NODE_MODULES = ROOT / '.cache' / 'npm' / 'node_modules'

VALIDATE = '''
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
for error in jsonschema.Draft7Validator(schema).iter_errors(json.load(sys.stdin)):
    print("/".join(map(str, error.path)), error.message[:300])
'''

PARSE_METRICS = '''
import json, sys
from {module} import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
print(json.dumps({{f.name: [f.type, f.unit, [[s.name, s.labels, s.value] for s in f.samples]]
                  for f in families}}))
'''

PARSE_YAML = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin), default=str))'

DECODE = '''
const hdr = require("hdr-histogram-js");
const text = require("fs").readFileSync(0, "utf8");
const figures = (h) => ({
  count: h.totalCount, max: h.maxValue, p50: h.getValueAtPercentile(50),
  p99: h.getValueAtPercentile(99), start: h.startTimeStampMsec, end: h.endTimeStampMsec,
  table: h.outputPercentileDistribution(5, 1000) });
const out = [];
if (text.startsWith("HIST")) {
  out.push(figures(hdr.decodeFromCompressedBase64(text, 64)));
} else {
  const reader = new hdr.HistogramLogReader(text, 64);
  for (let h; (h = reader.nextIntervalHistogram()); ) out.push(figures(h));
}
console.log(JSON.stringify(out));
'''


def _run(command, text, **keywords):
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False,
                          timeout=60, **keywords)


def _debian_python(module, package, code, text, *arguments):
    if _run([DEBIAN_PYTHON, '-c', f'import {module}'], '').returncode != 0:
        raise unittest.SkipTest(f'there is no {package}')
    result = _run([DEBIAN_PYTHON, '-c', code, *map(str, arguments)], text)
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    return result.stdout


def _validator_errors(document, schema):
    return _debian_python('jsonschema', 'python3-jsonschema', VALIDATE, json.dumps(document),
                          ROOT / 'docs' / schema)


def schema_errors(document):
    """What a JSON Schema validator has against a result document; empty: nothing."""
    return _validator_errors(document, 'result.schema.json')


def experiment_schema_errors(document):
    """The same for the document of an experiment."""
    return _validator_errors(document, 'experiment.schema.json')


def comparison_schema_errors(document):
    """The same for the document of ringside compare."""
    return _validator_errors(document, 'comparison.schema.json')


def _metrics(module, text):
    return json.loads(_debian_python(module, 'python3-prometheus-client',
                                     PARSE_METRICS.format(module=module), text))


def openmetrics(text):
    """{family: [type, unit, [[name, labels, value]...]]}, read strictly."""
    return _metrics('prometheus_client.openmetrics.parser', text)


def prometheus(text):
    """The same of the format that was there before, version 0.0.4."""
    return _metrics('prometheus_client.parser', text)


def yaml(text):
    """What a YAML document says."""
    return json.loads(_debian_python('yaml', 'python3-yaml', PARSE_YAML, text))


def promtool_complaints(text):
    """Lines that promtool check metrics prints."""
    if not shutil.which('promtool'):
        raise unittest.SkipTest('there is no promtool: ./dev setup test')
    result = _run(['promtool', 'check', 'metrics'], text)
    return (result.stdout + result.stderr).splitlines()


def xmllint_errors(text):
    if not shutil.which('xmllint'):
        raise unittest.SkipTest('there is no xmllint (Debian package libxml2-utils)')
    return _run(['xmllint', '--noout', '-'], text).stderr


def hdr_histogram_js(text):
    """Figures of each histogram in a text, base64 or .hlog."""
    if not shutil.which('node'):
        raise unittest.SkipTest('there is no node')
    if not (NODE_MODULES / 'hdr-histogram-js').exists():
        raise unittest.SkipTest('there is no hdr-histogram-js: ./dev setup test, where npm is')
    result = _run(['node', '-e', DECODE], text, env=os.environ | {'NODE_PATH': str(NODE_MODULES)})
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    return json.loads(result.stdout)
