using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Audit;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// How a record lies in a segment: length (u32), CRC-32C of the payload (u32), payload; both little-endian. The length takes 24 bits; its
/// top byte checks the other three, so that a flipped bit in a length is never taken for a record that the crash cut short.
/// </summary>
internal static class AuditFrame
{
    public const int HeaderBytes = 8;

    public static void WriteHeader(Span<byte> header, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)payload.Length);
        header[3] = LengthCheck(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Crc32C.Of(payload));
    }

    /// <summary>The payload's length, or -1 when these bytes are no header.</summary>
    public static int PayloadLength(ReadOnlySpan<byte> header)
    {
        var length = header[0] | header[1] << 8 | header[2] << 16;
        return length >= AuditPayload.BytesMin && header[3] == LengthCheck(header) ? length : -1;
    }

    public static bool IsWhole(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) == Crc32C.Of(payload);

    private static byte LengthCheck(ReadOnlySpan<byte> header) => (byte)Crc32C.Of(header[..3]);
}

/// <summary>
/// The payload of a record: version, number, times and texts (docs/storage-layout.md). The same record always has the same
/// bytes, and they are never rewritten, so their hash can be a leaf of the log's tree.
/// </summary>
internal static class AuditPayload
{
    private const byte Version = 1;
    private const int NumberAt = 1;
    private const int TimeAt = NumberAt + 8 + 10;

    /// <summary>Version, number and two instants.</summary>
    public const int BytesMin = TimeAt + 10;

    /// <summary>The bytes of a record whose number the log will give: see <see cref="SetNumber"/>.</summary>
    public static byte[] Write(AuditRecord record)
    {
        var writer = new RecordWriter(512);
        try
        {
            writer.Byte(Version);
            writer.Number(record.Id);
            writer.Instant(record.CreationTime);
            writer.Instant(record.Time);
            writer.Text(record.Type);
            writer.Text(record.Activity);
            writer.Text(record.Text);
            writer.OptionalText(record.Source);
            writer.OptionalText(record.User);
            writer.OptionalText(record.Application);
            writer.Text(record.Severity);
            writer.Count(record.Changes.Count);
            foreach (var change in record.Changes)
            {
                writer.Text(change.Attribute);
                writer.Text(change.Type);
                writer.OptionalText(change.PreviousValue);
                writer.OptionalText(change.NewValue);
            }
            FragmentsRecord.Write(ref writer, record.Members);
            if (writer.Length > Limits.AuditFrameBytesMax)
                throw new Refusal(RefusalKind.TooLarge, "audit", $"An audit record takes at most {Limits.AuditFrameBytesMax} bytes");
            return writer.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    public static void SetNumber(Span<byte> payload, long number) => BinaryPrimitives.WriteInt64BigEndian(payload[NumberAt..], number);

    public static long Number(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadInt64BigEndian(payload[NumberAt..]);

    /// <summary>The record's own time in ticks, UTC.</summary>
    public static long TimeTicks(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadInt64BigEndian(payload[TimeAt..]);

    public static AuditRecord Read(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        if (reader.Byte() != Version) throw RecordReader.Damaged();
        var (number, created, time) = (reader.Number(), reader.Instant(), reader.Instant());
        var (type, activity, text) = (reader.Text(), reader.Text(), reader.Text());
        var (source, user, application) = (reader.OptionalText(), reader.OptionalText(), reader.OptionalText());
        var severity = reader.Text();
        var count = reader.Count();
        if (count > reader.Rest.Length) throw RecordReader.Damaged();
        var changes = new AuditChange[count];
        for (var i = 0; i < count; i++)
            changes[i] = new AuditChange(reader.Text(), reader.Text(), reader.OptionalText(), reader.OptionalText());
        return new AuditRecord(number, created, time, type, activity, text, source, user, application, severity, changes, FragmentsRecord.Read(ref reader));
    }
}
