"""Learns the irises that come with the library, by several methods."""

import pickle

from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


def main():
    irises = load_iris()
    print(irises.data.shape, irises.target_names.tolist())
    for model in (
        make_pipeline(StandardScaler(), PCA(3), LogisticRegression()),
        RandomForestClassifier(20, random_state=0),
        HistGradientBoostingClassifier(max_iter=10, random_state=0),
        SVC(),
    ):
        scores = cross_val_score(model, irises.data, irises.target, cv=3)
        print(type(model).__name__, bool(scores.mean() > 0.9))
    model = SVC().fit(irises.data, irises.target)
    again = pickle.loads(pickle.dumps(model))
    print(irises.target_names[again.predict([[5.1, 3.5, 1.4, 0.2]])].tolist())
    print(len(set(KMeans(3, n_init=1, random_state=0).fit_predict(irises.data).tolist())))
    words = TfidfVectorizer(stop_words="english").fit(["the cat sat", "a dog sat"])
    print(words.get_feature_names_out().tolist())
