using System.Text;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Silo.Embedded;

/// <summary>An operation's stored value: version, status, failure reason, description, fragments as received.</summary>
internal static class OperationRecord
{
    private const byte Version = 1;

    public static byte[] Write(Operation operation)
    {
        var writer = new RecordWriter(512);
        try
        {
            writer.Byte(Version);
            writer.Byte((byte)operation.Status);
            writer.OptionalText(operation.FailureReason);
            writer.OptionalText(operation.Description);
            FragmentsRecord.Write(ref writer, operation.Fragments);
            return writer.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    public static Operation Read(in OperationId id, ReadOnlySpan<byte> value)
    {
        var reader = Begin(value, out var status);
        var (reason, description) = (reader.OptionalText(), reader.OptionalText());
        return new Operation(id, status, reason, description, FragmentsRecord.Read(ref reader));
    }

    public static RecordReader Begin(ReadOnlySpan<byte> value, out OperationStatus status)
    {
        var reader = new RecordReader(value);
        if (reader.Byte() != Version) throw RecordReader.Damaged();
        status = (OperationStatus)reader.Byte();
        return reader;
    }
}

/// <summary>The filters of a query on an operation's value, looked up in the bytes.</summary>
internal sealed class OperationFilter(OperationStatus? status, string? fragmentType)
{
    private readonly byte[]? _fragment = fragmentType is null ? null : Encoding.UTF8.GetBytes(fragmentType);

    public bool Admits(ReadOnlySpan<byte> value)
    {
        var reader = OperationRecord.Begin(value, out var stands);
        return (status is null || status == stands) && (_fragment is null || HasFragment(ref reader));
    }

    private bool HasFragment(ref RecordReader reader)
    {
        SkipOptional(ref reader);
        SkipOptional(ref reader);
        for (var left = reader.Count(); left > 0; left--)
        {
            if (reader.Bytes().SequenceEqual(_fragment)) return true;
            reader.Bytes();
        }
        return false;
    }

    private static void SkipOptional(ref RecordReader reader)
    {
        if (reader.Byte() != 0) reader.Bytes();
    }
}
