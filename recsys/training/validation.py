"""placeholder until evaluation lands"""


def validate(model, train, validation):
    return {"ndcg@20": 0.0}
