using System.Globalization;
using System.Text;
using System.Text.Json;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Wire;

/// <summary>One measurement as a body gives it.</summary>
/// <param name="Source">The managed object named by <c>source.id</c>; null when the body has none, or none that counts.</param>
/// <param name="ExternalSource">The child that <c>externalSource</c> names; over MQTT it takes the place of the source.</param>
internal readonly record struct MeasurementBody(ObjectId? Source, ExternalId? ExternalSource, NewMeasurement Measurement);

/// <summary>
/// Reads the measurement document of the REST interface, which devices also publish as JSON. Free fragments are kept as received; their
/// names obey the interface's rule, and a series that has a <c>value</c> has a number there.
/// </summary>
internal static class MeasurementJson
{
    private const string What = "measurement";

    /// <summary>The members of the document that are no fragments.</summary>
    public static bool IsProperty(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("type"u8) || name.SequenceEqual("time"u8) || name.SequenceEqual("source"u8)
        || name.SequenceEqual("id"u8) || name.SequenceEqual("self"u8) || name.SequenceEqual("externalSource"u8);

    /// <summary>Reads one measurement, or a collection <c>{"measurements":[...]}</c>: all or none. Answers why it is refused, or null.</summary>
    /// <param name="needsSource">
    /// True for REST. Over MQTT the source is always the sender's own device or child: what the body says of it is passed over.
    /// </param>
    /// <param name="isCollection">Whether the body was a collection, so that the answer is one too.</param>
    public static Refusal? Read(ReadOnlySpan<byte> body, bool needsSource, out IReadOnlyList<MeasurementBody> measurements, out bool isCollection)
    {
        measurements = [];
        isCollection = false;
        if (JsonMembers.Read(body, What, out var members) is { } refusal) return refusal;
        using (members)
        {
            for (var i = 0; i < members.Count; i++)
            {
                if (members.Kind(i) != JsonTokenType.StartArray || !members.Name(i).SequenceEqual("measurements"u8)) continue;
                isCollection = true;
                return ReadElements(members.Value(i), needsSource, out measurements);
            }
            if (Read(members, needsSource, out var one) is { } refused) return refused;
            measurements = [one];
            return null;
        }
    }

    private static Refusal? ReadElements(ReadOnlySpan<byte> array, bool needsSource, out IReadOnlyList<MeasurementBody> measurements)
    {
        var list = new List<MeasurementBody>();
        measurements = list;
        var reader = new Utf8JsonReader(array, new JsonReaderOptions { MaxDepth = Limits.JsonDepthMax });
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (list.Count == Limits.MeasurementsPerRequestMax)
                return new Refusal(RefusalKind.TooLarge, "undefined", $"A request may hold {Limits.MeasurementsPerRequestMax} measurements at most");
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (JsonMembers.Read(array[start..(int)reader.BytesConsumed], What, out var members) is { } refusal) return refusal;
            using (members)
            {
                if (Read(members, needsSource, out var one) is { } refused) return refused;
                list.Add(one);
            }
        }
        return null;
    }

    private static Refusal? Read(scoped in JsonMembers members, bool needsSource, out MeasurementBody body)
    {
        body = default;
        ObjectId? source = null;
        ExternalId? externalSource = null;
        DateTimeOffset? time = null;
        string? type = null;
        var bytes = 0;
        for (var i = 0; i < members.Count; i++)
        {
            var name = members.Name(i);
            Refusal? refusal = null;
            if (!IsProperty(name))
            {
                refusal = CheckFragment(members, i);
                bytes += members.Raw(i).Length + (bytes == 0 ? 0 : 1);
            }
            else if (members.Kind(i) == JsonTokenType.Null) continue;
            else if (name.SequenceEqual("type"u8)) refusal = ReadType(members, i, out type);
            else if (name.SequenceEqual("time"u8)) refusal = ReadTime(members, i, out time);
            else if (name.SequenceEqual("source"u8) && needsSource) refusal = ReadSource(members, i, out source);
            else if (name.SequenceEqual("externalSource"u8)) refusal = ReadExternalSource(members, i, out externalSource);
            if (refusal is not null) return refusal;
        }

        if (type is null || time is null || (needsSource && source is null))
            return Refusal.Missing([.. Absent(needsSource && source is null, "source"), .. Absent(time is null, "time"), .. Absent(type is null, "type")]);
        if (bytes > Limits.MeasurementBytesMax)
            return new Refusal(RefusalKind.TooLarge, "undefined", $"The fragments of a measurement may have {Limits.MeasurementBytesMax} bytes at most");
        body = new MeasurementBody(source, externalSource, new NewMeasurement(type, time.Value, Gather(members, bytes)));
        return null;
    }

    private static string[] Absent(bool isAbsent, string name) => isAbsent ? [name] : [];

    /// <summary>The free members as one run, each as received.</summary>
    private static byte[] Gather(scoped in JsonMembers members, int bytes)
    {
        var run = new byte[bytes];
        var at = 0;
        for (var i = 0; i < members.Count; i++)
        {
            if (IsProperty(members.Name(i))) continue;
            if (at > 0) run[at++] = (byte)',';
            var raw = members.Raw(i);
            raw.CopyTo(run.AsSpan(at));
            at += raw.Length;
        }
        return run;
    }

    private static Refusal? ReadType(scoped in JsonMembers members, int index, out string? type)
    {
        type = null;
        if (members.Kind(index) != JsonTokenType.String) return Invalid("'type' must be a string");
        type = members.Text(index);
        if (type is { Length: 0 }) type = null;
        return null;
    }

    private static Refusal? ReadTime(scoped in JsonMembers members, int index, out DateTimeOffset? time)
    {
        time = null;
        var isTime = members.Kind(index) == JsonTokenType.String;
        var text = isTime ? members.Value(index)[1..^1] : default;
        if (text.Contains((byte)'\\')) text = Encoding.UTF8.GetBytes(members.Text(index)!);
        if (!isTime || !IsoTime.TryParse(text, out var read))
            return Invalid("'time' must be an ISO 8601 date and time with a time zone, for example 2026-11-20T08:00:00.000Z");
        time = read;
        return null;
    }

    /// <summary>Reads <c>{"id":"123"}</c>. The id is a string; clients that send the number mean the same.</summary>
    private static Refusal? ReadSource(scoped in JsonMembers members, int index, out ObjectId? source)
    {
        source = null;
        if (JsonMembers.Read(members.Value(index), "source", out var inner) is not null) return Invalid("'source' must be an object with an 'id'");
        using (inner)
        {
            for (var i = 0; i < inner.Count; i++)
            {
                if (!inner.Name(i).SequenceEqual("id"u8)) continue;
                var text = inner.Kind(i) switch
                {
                    JsonTokenType.String => inner.Text(i),
                    JsonTokenType.Number => Encoding.ASCII.GetString(inner.Value(i)),
                    _ => null,
                };
                if (!ObjectId.TryParse(text, out var id)) return Invalid("'source.id' must be the id of a managed object");
                source = id;
                return null;
            }
        }
        return Invalid("'source' must be an object with an 'id'");
    }

    private static Refusal? ReadExternalSource(scoped in JsonMembers members, int index, out ExternalId? externalSource)
    {
        externalSource = null;
        string? type = null, value = null;
        if (members.Kind(index) == JsonTokenType.StartObject && JsonMembers.Read(members.Value(index), "externalSource", out var inner) is null)
        {
            using (inner)
            {
                for (var i = 0; i < inner.Count; i++)
                {
                    if (inner.Kind(i) != JsonTokenType.String) continue;
                    if (inner.Name(i).SequenceEqual("type"u8)) type = inner.Text(i);
                    if (inner.Name(i).SequenceEqual("externalId"u8)) value = inner.Text(i);
                }
            }
        }
        if (type is not { Length: > 0 and <= Limits.ExternalIdCharsMax } || value is not { Length: > 0 and <= Limits.ExternalIdCharsMax })
            return Invalid(string.Create(CultureInfo.InvariantCulture,
                $"'externalSource' must be an object with an 'externalId' and a 'type' of 1 to {Limits.ExternalIdCharsMax} characters"));
        externalSource = new ExternalId(type, value);
        return null;
    }

    /// <summary>Checks the names of a fragment and its series, and that what is called a value is a number.</summary>
    private static Refusal? CheckFragment(scoped in JsonMembers members, int index)
    {
        if (!JsonNames.IsValid(members.Name(index))) return BadName("fragment", members.Name(index));
        if (members.Kind(index) != JsonTokenType.StartObject) return null;

        if (JsonMembers.Read(members.Value(index), "fragment", out var series) is { } refusal) return refusal;
        using (series)
        {
            for (var i = 0; i < series.Count; i++)
            {
                if (series.Kind(i) != JsonTokenType.StartObject) continue;
                if (!JsonNames.IsValid(series.Name(i))) return BadName("series", series.Name(i));
                if (!HasNumber(series.Value(i)))
                    return Invalid($"The value of series '{Shown(members.Name(index))}.{Shown(series.Name(i))}' must be a number, and its unit a string");
            }
        }
        return null;
    }

    /// <summary>Whether a series' value is a finite number and its unit a string, as far as they are there.</summary>
    private static bool HasNumber(ReadOnlySpan<byte> series)
    {
        var reader = new Utf8JsonReader(series);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isValue = reader.ValueTextEquals("value"u8);
            var isUnit = reader.ValueTextEquals("unit"u8);
            reader.Read();
            if (isValue && (reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out var value) || !double.IsFinite(value))) return false;
            if (isUnit && reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null)) return false;
            reader.Skip();
        }
        return true;
    }

    private static Refusal BadName(string what, ReadOnlySpan<byte> name) => Invalid($"The {what} name '{Shown(name)}' {JsonNames.Rule}");

    private static string Shown(ReadOnlySpan<byte> name)
    {
        var text = Encoding.UTF8.GetString(name);
        return text.Length <= Limits.EchoedValueCharsMax ? text : text[..Limits.EchoedValueCharsMax] + "...";
    }

    private static Refusal Invalid(string text) => Refusal.Invalid("undefined", text);
}
