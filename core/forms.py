"""How every form looks: `{{ form }}` and `{{ field.as_field_group }}` come out in our style (docs/design.md)."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Named in settings.FORM_RENDERER; widgets keep Django's own templates."""

    form_template_name = "parts/form.html"
    field_template_name = "parts/field.html"
