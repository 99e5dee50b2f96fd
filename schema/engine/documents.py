"""A cache of documents that were parsed and validated."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from graphql import DocumentNode


class DocumentCache:
    """Drops the least recently used documents first.

    Limited by tokens as well as by number: a token takes about a kilobyte of memory, so the longest
    documents take a hundred times as much as ordinary ones.
    """

    def __init__(self, *, most_documents: int, most_tokens: int) -> None:
        self._most_documents = most_documents
        self._most_tokens = most_tokens
        self._documents: OrderedDict[Hashable, tuple[DocumentNode, int]] = OrderedDict()
        self._tokens = 0
        self._lock = Lock()

    @property
    def tokens(self) -> int:
        """The number of tokens of all cached documents."""
        return self._tokens

    def __len__(self) -> int:
        return len(self._documents)

    def get(self, key: Hashable) -> DocumentNode | None:
        with self._lock:
            found = self._documents.get(key)
            if found is None:
                return None
            self._documents.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, document: DocumentNode) -> None:
        tokens = count_tokens(document)
        with self._lock:
            replaced = self._documents.pop(key, None)
            self._tokens += tokens - (replaced[1] if replaced else 0)
            self._documents[key] = (document, tokens)
            while len(self._documents) > self._most_documents or self._tokens > self._most_tokens:
                _, (_, freed) = self._documents.popitem(last=False)
                self._tokens -= freed

    def clear(self) -> None:
        with self._lock:
            self._documents.clear()
            self._tokens = 0


def count_tokens(document: DocumentNode) -> int:
    """Includes comments, which are stored with the document."""
    count, token = 0, document.loc.start_token if document.loc else None
    while token is not None:
        count += 1
        token = token.next
    return count
