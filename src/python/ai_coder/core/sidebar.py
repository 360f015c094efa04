"""The list of components at the left of the window."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PyQt6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ai_coder.common.components import Component

_DESCRIPTION = Qt.ItemDataRole.UserRole
_AVAILABLE = Qt.ItemDataRole.UserRole + 1
_PADDING = 12
_DOT = 8
_AVAILABLE_COLOUR = QColor("#2f9e57")
_MISSING_COLOUR = QColor("#9a9a9a")


class Sidebar(QListWidget):
    """Shows each component with its description and whether it is there."""

    def __init__(self, components: Sequence[Component], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._components = tuple(components)
        self.setItemDelegate(_Delegate(self))
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setMinimumWidth(210)
        self.setAccessibleName("Components")
        for component in self._components:
            item = QListWidgetItem(component.name.capitalize(), self)
            item.setData(_DESCRIPTION, component.description)

    def show_defects(self, defects: Sequence[str]) -> None:
        """Show for each component why it cannot be started; an empty text if it can."""
        for row, (component, defect) in enumerate(zip(self._components, defects, strict=True)):
            item = self.item(row)
            if item is not None:
                item.setData(_AVAILABLE, not defect)
                item.setToolTip(defect)
                state = "not installed" if defect else "available"
                item.setData(
                    Qt.ItemDataRole.AccessibleTextRole,
                    f"{component.name}, {state}: {component.description}",
                )


class _Delegate(QStyledItemDelegate):
    """Draws name, state and description of a component."""

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw one item."""
        if painter is None:
            return
        available = bool(index.data(_AVAILABLE))
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        palette = option.palette
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if selected or hovered:
            background = QColor(palette.color(QPalette.ColorRole.Highlight))
            background.setAlpha(255 if selected else 30)
            painter.setBrush(background)
            painter.drawRoundedRect(option.rect.adjusted(6, 2, -6, -2), 6, 6)
        area = option.rect.adjusted(_PADDING + 6, _PADDING, -_PADDING - 6, -_PADDING)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        colour = QColor(palette.color(role))
        title = _title_font(option.font)
        height = QFontMetrics(title).height()
        self._draw_state(painter, area, height, available, colour if selected else None)
        painter.setPen(colour)
        painter.setFont(title)
        painter.drawText(area, Qt.AlignmentFlag.AlignTop, str(index.data()))
        colour.setAlphaF(0.7 if not selected else 0.9)
        painter.setPen(colour)
        painter.setFont(_small_font(option.font))
        painter.drawText(
            area.adjusted(0, height + 4, 0, 0), Qt.TextFlag.TextWordWrap, index.data(_DESCRIPTION)
        )
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: N802
        """The size of an item in a list of this width."""
        view = self.parent()
        viewport = view.viewport() if isinstance(view, QListWidget) else None
        width = viewport.width() if viewport else 210
        room = QRect(0, 0, max(80, width - 2 * (_PADDING + 6)), 1000)
        text = QFontMetrics(_small_font(option.font)).boundingRect(
            room, Qt.TextFlag.TextWordWrap, index.data(_DESCRIPTION)
        )
        height = QFontMetrics(_title_font(option.font)).height() + 4 + text.height()
        return QSize(0, height + 2 * _PADDING)

    def _draw_state(
        self, painter: QPainter, area: QRect, height: int, available: bool, colour: QColor | None
    ) -> None:
        # Filled or hollow as well as green or grey: not everyone tells the colours apart.
        shade = colour or (_AVAILABLE_COLOUR if available else _MISSING_COLOUR)
        painter.setBrush(shade if available else Qt.BrushStyle.NoBrush)
        painter.setPen(shade)
        painter.drawEllipse(area.right() - _DOT, area.top() + (height - _DOT) // 2, _DOT, _DOT)


def _title_font(font: QFont) -> QFont:
    result = QFont(font)
    result.setBold(True)
    return result


def _small_font(font: QFont) -> QFont:
    result = QFont(font)
    result.setPointSizeF(max(7.0, font.pointSizeF() * 0.9))
    return result
