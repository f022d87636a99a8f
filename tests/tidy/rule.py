"""A rule: a generator of complaints about a tree, and a bad tree that it must complain about."""
import dataclasses
import typing


@dataclasses.dataclass
class Rule:
    name: str
    check: typing.Callable
    bad: object
    good: object

    def verdict(self, tree):
        """Complaints about the project; or about the rule itself if its examples disprove it."""
        if not list(self.check(self.bad)):
            return ['this rule does not see its own bad example']
        if self.good is not None:
            wrong = list(self.check(self.good))
            if wrong:
                return ['this rule rejects its own good example'] + wrong
        return list(self.check(tree))


RULES = []


def rule(name, bad, good=None):
    def register(check):
        RULES.append(Rule(name, check, bad, good))
        return check
    return register
