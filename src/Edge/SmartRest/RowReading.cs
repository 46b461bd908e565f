using System.Globalization;
using System.Text;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.SmartRest;

/// <summary>One row while it is being read: its values are checked, and put where the template wants them.</summary>
internal ref struct RowReading
{
    private readonly TemplateSet _templates;
    private readonly Template _template;
    private readonly CsvRow _row;
    private readonly string _serial;
    private readonly DateTimeOffset _now;

    public RowReading(TemplateSet templates, Template template, CsvRow row, string serial, DateTimeOffset now, JsonMembersTree document)
    {
        _templates = templates;
        _template = template;
        _row = row;
        _serial = serial;
        _now = now;
        Time = now;
        Document = document;
    }

    /// <summary>The document that grows from the values.</summary>
    public JsonMembersTree Document;

    /// <summary>The time that the row gives, or the server's.</summary>
    public DateTimeOffset Time { get; private set; }

    /// <summary>Set when <see cref="ReadAll"/> answers false.</summary>
    public RowError Error { get; private set; }

    public bool ReadAll()
    {
        foreach (var constant in _template.Fixed)
            if (!Place(constant.At, constant.Json, isString: false, group: -1)) return Fail(RowFault.ValueTwice, _template.Id, default);

        var fields = _template.Fields;
        for (var i = 0; i < fields.Length; i++)
            if (!ReadField(fields[i], _row[1 + i], group: -1)) return false;
        return CheckAnyOf() && ReadGroups();
    }

    /// <summary>An argument of the command, from its field, the field's default, or the template's constant.</summary>
    /// <param name="names">Where frequent values are kept as strings.</param>
    public readonly string Text(Argument argument, TypeNames? names = null)
    {
        var index = _template.FieldOf[(int)argument];
        var given = index < 0 ? default : _row[1 + index];
        if (!given.IsEmpty) return names is null ? Encoding.UTF8.GetString(given) : names.Get(given);
        var pattern = index < 0 ? _template.Constants[(int)argument] : _template.Fields[index].Default;
        Check.That(pattern is not null);
        return pattern.Single is { Literal: { } literal } && names is not null ? names.Get(literal) : Encoding.UTF8.GetString(Fill(pattern, -1));
    }

    /// <summary>The same where the command can do without; null when the template does not give it.</summary>
    public readonly string? TextIfGiven(Argument argument) =>
        _template.FieldOf[(int)argument] >= 0 || _template.Constants[(int)argument] is not null ? Text(argument) : null;

    /// <summary>An argument that the row need not give; null when it does not.</summary>
    public readonly string? Given(Argument argument)
    {
        var index = _template.FieldOf[(int)argument];
        return index < 0 || _row[1 + index].IsEmpty ? null : Encoding.UTF8.GetString(_row[1 + index]);
    }

    /// <summary>The values of the columns that repeat.</summary>
    public readonly string[] Parameters()
    {
        var first = 1 + _template.Fields.Length;
        var values = new string[Math.Max(0, _row.Count - first)];
        for (var i = 0; i < values.Length; i++) values[i] = Encoding.UTF8.GetString(_row[first + i]);
        return values;
    }

    private bool CheckAnyOf()
    {
        if (_template.AnyOf.Length == 0) return true;
        foreach (var index in _template.AnyOf)
            if (!_row[1 + index].IsEmpty) return true;
        var fields = _template.Fields;
        return Fail(RowFault.MissingArgument, string.Join(" or ", _template.AnyOf.Select(i => fields[i].Name)), default);
    }

    private bool ReadGroups()
    {
        var first = 1 + _template.Fields.Length;
        var size = _template.Group.Length;
        if (size == 0) return _row.Count <= first || Fail(RowFault.SurplusArguments, "", _row[first]);

        // Trailing empty fields are not in the row, so that a last group may be shorter than it should.
        var groups = Math.Max(_template.GroupsMin, (_row.Count - first + size - 1) / size);
        for (var group = 0; group < groups; group++)
        {
            if (group >= _template.GroupsMin && IsEmpty(group)) continue;
            for (var i = 0; i < size; i++)
                if (!ReadField(_template.Group[i], Column(i, group), group)) return false;
        }
        return true;
    }

    private readonly ReadOnlySpan<byte> Column(int field, int group) =>
        _row[1 + _template.Fields.Length + (group * _template.Group.Length) + field];

    private readonly bool IsEmpty(int group)
    {
        for (var i = 0; i < _template.Group.Length; i++)
            if (!Column(i, group).IsEmpty) return false;
        return true;
    }

    private bool ReadField(TemplateField field, ReadOnlySpan<byte> value, int group)
    {
        var given = value;
        if (value.IsEmpty)
        {
            if (field.IsRequired) return Fail(RowFault.MissingArgument, field.Name, default);
            if (field.As != Argument.None) return true;
            if (field.DefaultIsNow) value = Encoding.UTF8.GetBytes(_now.ToString("yyyy-MM-dd'T'HH:mm:ss.fffK", CultureInfo.InvariantCulture));
            else if (field.Default is not null) value = Fill(field.Default, group);
            else return true;
        }

        Span<byte> room = stackalloc byte[JsonNumber.RoomBytes];
        var time = Time;
        if (Judge(field, value, room, out var json, ref time) is { } fault) return Fail(fault, field.Name, given);
        if (field.As == Argument.Time) Time = time;
        if (field.At is not null && !Place(field.At, json, field.Type is not (FieldType.Number or FieldType.Integer or FieldType.Unsigned or FieldType.Boolean), group))
            return Fail(RowFault.ValueTwice, field.Name, given);
        foreach (var constant in field.With)
            if (!Place(constant.At, constant.Json, isString: false, group)) return Fail(RowFault.ValueTwice, field.Name, given);
        return true;
    }

    /// <summary>Whether a value is what its column asks for. A number comes back as JSON, everything else as it is.</summary>
    private readonly RowFault? Judge(
        TemplateField field, ReadOnlySpan<byte> value, Span<byte> room, out ReadOnlySpan<byte> json, ref DateTimeOffset time)
    {
        json = value;
        switch (field.Type)
        {
            case FieldType.Number:
                return JsonNumber.TryRead(value, room, out json) ? null : RowFault.NotANumber;
            case FieldType.Integer:
                return JsonNumber.TryRead(value, room, out json) && JsonNumber.IsInteger(json) ? null : RowFault.NotAnInteger;
            case FieldType.Unsigned:
                return JsonNumber.TryRead(value, room, out json) && JsonNumber.IsInteger(json) && json[0] != (byte)'-' ? null : RowFault.NotUnsigned;
            case FieldType.Boolean:
                return value.SequenceEqual("true"u8) || value.SequenceEqual("false"u8) ? null : RowFault.NotABoolean;
            case FieldType.Name:
                return JsonNames.IsValid(value) ? null : RowFault.NotAName;
            case FieldType.Severity:
                return AlarmWords.Severities.Find(Encoding.UTF8.GetString(value)) is null ? RowFault.NotASeverity : null;
            case FieldType.Fragment:
                return JsonNames.IsValid(value) && !IsProperty(value) ? null : RowFault.NotAName;
            case FieldType.Date:
                return IsoTime.TryParse(value, out time) ? null : RowFault.NotADate;
            case FieldType.String when field.OneOf.Length > 0:
                foreach (var word in field.OneOf)
                    if (Ascii.EqualsIgnoreCase(word, value))
                    {
                        json = word;
                        return null;
                    }
                return RowFault.NotOneOf;
            default:
                var isId = field.As is Argument.ChildId or Argument.ServiceId;
                return isId && Encoding.UTF8.GetCharCount(value) > Limits.ExternalIdCharsMax ? RowFault.TooLong : null;
        }
    }

    /// <summary>Whether the command's document has a property of this name, which is then no fragment.</summary>
    private readonly bool IsProperty(ReadOnlySpan<byte> name) => _template.Command switch
    {
        CommandKind.UpdateEvent => EventWire.IsProperty(Encoding.UTF8.GetString(name)),
        CommandKind.UpdateAlarm => AlarmWire.IsProperty(Encoding.UTF8.GetString(name)),
        _ => MeasurementJson.IsProperty(name),
    };

    /// <summary>Puts a value at a path; false when one is there already.</summary>
    private bool Place(PathStep[] path, scoped ReadOnlySpan<byte> value, bool isString, int group)
    {
        var node = JsonMembersTree.Root;
        for (var i = 0; i < path.Length; i++)
            node = path[i].Name is { } name ? Document.Member(node, Fill(name, group)) : Document.Element(node, group);
        return isString ? Document.SetString(node, value) : Document.SetJson(node, value);
    }

    private readonly ReadOnlySpan<byte> Fill(TextPattern pattern, int group)
    {
        if (pattern.Single is { IsSerial: false } single) return Part(single, group);
        var filled = new List<byte>();
        foreach (var part in pattern.Parts) filled.AddRange(Part(part, group));
        return filled.ToArray();
    }

    private readonly ReadOnlySpan<byte> Part(TextPart part, int group)
    {
        if (part.Literal is { } literal) return literal;
        if (part.IsSerial) return Encoding.UTF8.GetBytes(_serial);
        return part.IsInGroup ? Column(part.Field, group) : _row[1 + part.Field];
    }

    private bool Fail(RowFault fault, string field, scoped ReadOnlySpan<byte> value)
    {
        Error = _templates.Error(fault, _row[0], field, value);
        return false;
    }
}
