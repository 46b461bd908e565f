using System.Buffers;
using System.Text;
using System.Text.Json;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Silo.Embedded;

/// <summary>A measurement's stored value: version, offset of its time in minutes, type, members as received.</summary>
internal static class MeasurementRecord
{
    private const byte Version = 1;

    public static void Write(ref RecordWriter writer, NewMeasurement row)
    {
        writer.Byte(Version);
        writer.Short((short)row.Time.TotalOffsetMinutes);
        writer.Text(row.Type);
        writer.Raw(row.Members);
    }

    public static Measurement Read(in MeasurementId id, ReadOnlySpan<byte> value)
    {
        var reader = Begin(value, out var offsetMinutes);
        var type = reader.Text();
        var time = DateTimeOffset.FromUnixTimeMilliseconds(id.TimeMs).ToOffset(TimeSpan.FromMinutes(offsetMinutes));
        return new Measurement(id, type, time, reader.Rest.ToArray());
    }

    /// <summary>The type and the members of a value, where they lie.</summary>
    public static void Open(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> members)
    {
        var reader = Begin(value, out _);
        type = reader.Bytes();
        members = reader.Rest;
    }

    private static RecordReader Begin(ReadOnlySpan<byte> value, out short offsetMinutes)
    {
        var reader = new RecordReader(value);
        if (reader.Byte() != Version) throw RecordReader.Damaged();
        offsetMinutes = reader.Short();
        return reader;
    }
}

/// <summary>The filters of a query on a measurement's value: type, fragment, series, looked up in the bytes.</summary>
internal sealed class MeasurementFilter(MeasurementQuery query)
{
    private readonly byte[]? _type = Utf8(query.Type);
    private readonly byte[]? _fragment = Utf8(query.FragmentType);
    private readonly byte[]? _series = Utf8(query.FragmentSeries);

    /// <summary>Whether keys alone decide.</summary>
    public bool IsEmpty => _type is null && _fragment is null && _series is null;

    public bool Admits(ReadOnlySpan<byte> value)
    {
        if (IsEmpty) return true;
        MeasurementRecord.Open(value, out var type, out var members);
        if (_type is not null && !type.SequenceEqual(_type)) return false;
        return AdmitsMembers(members);
    }

    /// <summary>The filters but for the type.</summary>
    public bool AdmitsMembers(ReadOnlySpan<byte> members) => (_fragment is null && _series is null) || HasFragment(members);

    // The members have no braces around them, and the reader wants them.
    private bool HasFragment(ReadOnlySpan<byte> members)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(members.Length + 2);
        try
        {
            buffer[0] = (byte)'{';
            members.CopyTo(buffer.AsSpan(1));
            buffer[members.Length + 1] = (byte)'}';
            return HasFragment(new Utf8JsonReader(buffer.AsSpan(0, members.Length + 2)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool HasFragment(Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isWanted = _fragment is null || reader.ValueTextEquals(_fragment);
            reader.Read();
            if (isWanted && (_series is null || HasSeries(reader))) return true;
            reader.Skip();
        }
        return false;
    }

    private bool HasSeries(Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(_series)) return true;
            reader.Read();
            reader.Skip();
        }
        return false;
    }

    private static byte[]? Utf8(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
}
