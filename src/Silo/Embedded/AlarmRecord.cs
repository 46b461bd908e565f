using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// An alarm's stored value: version, time and the offset of it and of its first occurrence in minutes, severity, status, count, type, text,
/// creation, last update, fragments as received.
/// </summary>
internal static class AlarmRecord
{
    private const byte Version = 1;

    public static byte[] Write(Alarm alarm)
    {
        var writer = new RecordWriter(512);
        try
        {
            writer.Byte(Version);
            writer.Number(alarm.Time.ToUnixTimeMilliseconds());
            writer.Short((short)alarm.Time.TotalOffsetMinutes);
            writer.Short((short)alarm.FirstTime.TotalOffsetMinutes);
            writer.Byte((byte)alarm.Severity);
            writer.Byte((byte)alarm.Status);
            writer.Number(alarm.Count);
            writer.Text(alarm.Type);
            writer.Text(alarm.Text);
            writer.Instant(alarm.CreationTime);
            writer.Instant(alarm.LastUpdated);
            FragmentsRecord.Write(ref writer, alarm.Fragments);
            return writer.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    public static Alarm Read(in AlarmId id, ReadOnlySpan<byte> value)
    {
        var reader = new RecordReader(value);
        if (reader.Byte() != Version) throw RecordReader.Damaged();
        var time = StoredTime.Of(reader.Number(), reader.Short());
        var firstTime = StoredTime.Of(id.FirstMs, reader.Short());
        var (severity, status, count) = ((AlarmSeverity)reader.Byte(), (AlarmStatus)reader.Byte(), reader.Number());
        var (type, text, created, updated) = (reader.Text(), reader.Text(), reader.Instant(), reader.Instant());
        return new Alarm(id, type, text, severity, status, time, firstTime, count, created, updated, FragmentsRecord.Read(ref reader));
    }
}

/// <summary>How many alarms of a source are open: critical, major, minor and warning, a number each.</summary>
internal static class ActiveAlarmsRecord
{
    public static byte[] Write(ActiveAlarms active)
    {
        var writer = new RecordWriter(32);
        try
        {
            foreach (var count in (ReadOnlySpan<long>)[active.Critical, active.Major, active.Minor, active.Warning]) writer.Number(count);
            return writer.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    public static ActiveAlarms? Read(RocksSession session, TenantId tenant, ObjectId source, RocksDbSharp.ReadOptions? options = null)
    {
        if (session.Get(Family.Alarms, KeySpace.ActiveAlarms(tenant, source), options) is not { } value) return null;
        var reader = new RecordReader(value);
        return new ActiveAlarms(reader.Number(), reader.Number(), reader.Number(), reader.Number());
    }
}
