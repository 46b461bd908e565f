using System.Buffers;
using System.Text;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Edge.SmartRest;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>What one socket read is turned into.</summary>
public sealed class IntakeTests
{
    private const string Measurement = "\"type\":\"t\",\"time\":\"2026-11-20T08:00:00Z\",\"f\":{\"s\":{\"value\":1}}";

    [Theory]
    [InlineData("{\"externalSource\":{\"externalId\":\"x\",\"type\":\"acme_Name\"}," + Measurement + "}")]
    [InlineData("{\"externalSource\":{\"externalId\":\"pump\",\"type\":\"acme_Name\"}," + Measurement + "}")]
    public void A_document_for_an_object_that_is_addressed_in_a_way_that_is_not_served_is_refused_and_not_stored_on_the_sender(string document)
    {
        var steps = Read("measurement/measurements/create", document);
        Assert.DoesNotContain(steps, step => step is IntakeStep.Publish { Step.Rows.Count: > 0 });
        var complaint = Assert.Single(steps.OfType<IntakeStep.Complaint>());
        Assert.True(complaint.Origin.IsJson);
        Assert.Contains("acme_Name", complaint.Error.Text, StringComparison.Ordinal);
        // It is acknowledged all the same: sent again it would be refused again.
        Assert.Single(steps.OfType<IntakeStep.Publish>().SelectMany(step => step.Step.Acks));
    }

    [Fact]
    public void Of_several_documents_only_the_one_that_is_not_served_is_refused()
    {
        var steps = Read("measurement/measurements/createBulk",
            "{\"measurements\":[{" + Measurement + "},{\"externalSource\":{\"externalId\":\"x\",\"type\":\"y\"}," + Measurement + "},{\"externalSource\":{\"externalId\":\"child\",\"type\":\"c8y_Serial\"}," + Measurement + "}]}");
        Assert.Equal([null, "child"], steps.OfType<IntakeStep.Publish>().Where(step => step.Step.Rows.Count > 0).Select(step => step.Step.Child));
        Assert.Single(steps.OfType<IntakeStep.Complaint>());
    }

    private static IReadOnlyList<IntakeStep> Read(string topic, string payload)
    {
        var intake = new Intake(new TemplateInterpreter(TemplateSet.Static()), TimeProvider.System, "pump", isBootstrap: false);
        byte[] body = [0, (byte)topic.Length, .. Encoding.ASCII.GetBytes(topic), 0, 1, .. Encoding.UTF8.GetBytes(payload)];
        Assert.InRange(body.Length, 128, 16_383);
        intake.Read(new ReadOnlySequence<byte>([0x32, (byte)(body.Length & 0x7F | 0x80), (byte)(body.Length >> 7), .. body]), ProtocolLevel.V311);
        Assert.Equal(Ending.None, intake.Ending);
        return [.. intake.Steps];
    }
}
