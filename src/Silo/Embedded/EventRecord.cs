using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Silo.Embedded;

/// <summary>An event's stored value: version, offset of its time in minutes, type, text, creation, last update, fragments as received.</summary>
internal static class EventRecord
{
    private const byte Version = 1;

    public static void Write(ref RecordWriter writer, Event row)
    {
        writer.Byte(Version);
        writer.Short((short)row.Time.TotalOffsetMinutes);
        writer.Text(row.Type);
        writer.Text(row.Text);
        writer.Instant(row.CreationTime);
        writer.Instant(row.LastUpdated);
        FragmentsRecord.Write(ref writer, row.Fragments);
    }

    public static Event Read(in EventId id, ReadOnlySpan<byte> value)
    {
        var reader = Begin(value, out var offsetMinutes);
        var (type, text, created, updated) = (reader.Text(), reader.Text(), reader.Instant(), reader.Instant());
        return new Event(id, type, text, StoredTime.Of(id.TimeMs, offsetMinutes), created, updated, FragmentsRecord.Read(ref reader));
    }

    /// <summary>The type of a value, where it lies.</summary>
    public static ReadOnlySpan<byte> TypeOf(ReadOnlySpan<byte> value) => Begin(value, out _).Bytes();

    private static RecordReader Begin(ReadOnlySpan<byte> value, out short offsetMinutes)
    {
        var reader = new RecordReader(value);
        if (reader.Byte() != Version) throw RecordReader.Damaged();
        offsetMinutes = reader.Short();
        return reader;
    }
}

/// <summary>A client's time as it is kept: to the millisecond, with the offset in which it was given.</summary>
internal static class StoredTime
{
    public static DateTimeOffset Of(long timeMs, int offsetMinutes) =>
        DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToOffset(TimeSpan.FromMinutes(offsetMinutes));

    public static DateTimeOffset Of(DateTimeOffset time) => Of(time.ToUnixTimeMilliseconds(), time.TotalOffsetMinutes);
}
